// The phases of one render as a timeline: state, progress, time, number of items, and what they warn of.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { server } from "../lib/more_api.js";
import { clock, exactTime, percent, span } from "../lib/format.js";
import { left, sentence, took } from "../lib/text.js";
import { html } from "../lib/html.js";
import { liveRender, now } from "../state/store.js";
import { whyWaiting } from "./render_row.js";
import { Progress } from "../ui/progress.js";
import { Icon } from "../ui/icons.js";
import { StateMark } from "../ui/state_mark.js";

const MOST_WARNINGS = 5;
const AT_WORK = new Set(["queued", "running"]);

/** What the phases of a render warn of, by name: part of their results, which lists of renders leave out. @param {Api.Prompt} prompt */
function useWarnings(prompt) {
  const warnings = useSignal({});
  useEffect(() => {
    warnings.value = {};
    if (AT_WORK.has(prompt.state)) return undefined;
    let gone = false;
    const show = ({ phases }) => {
      if (!gone) warnings.value = Object.fromEntries(phases.map((phase) => [phase.name, warningsOf(phase)]));
    };
    server.prompt(prompt.id).then(show, () => {});
    return () => (gone = true);
  }, [prompt.id, prompt.state, prompt.attempt]);
  return warnings.value;
}

/** @param {{prompt: Api.Prompt}} props */
export function Phases({ prompt }) {
  const warnings = useWarnings(prompt);
  const waits = prompt.state === "queued" ? whyWaiting(prompt) : null;
  return html`<div class="phases">
    <ol>${prompt.phases.map((phase) => html`<${PhaseLine} key=${phase.name} phase=${phase} prompt=${prompt} warnings=${warnings[phase.name] ?? []} />`)}</ol>
    <p class="phase-note dim num clip">${[waits, prompt.attempt > 1 && `Attempt ${prompt.attempt}`].filter(Boolean).join(" · ")}</p>
  </div>`;
}

/** What a finished phase warns of, each once: items of a list often warn of the same. @param {Api.PhaseView} phase */
const warningsOf = ({ result }) => [...new Set(result?.warnings)].slice(0, MOST_WARNINGS);

/** @param {{phase: Api.PhaseView, prompt: Api.Prompt, warnings?: any}} props */
function PhaseLine({ phase, prompt, warnings }) {
  const live = liveRender(prompt.id);
  const running = phase.state === "running" || phase.state === "harvesting";
  const fraction = running && live.phase.value === phase.name ? live.progress.value : phase.progress;
  const ended = phase.finished_at ?? (running ? null : phase.started_at);
  const time = span(phase.started_at, ended, running ? now.value : 0);
  const rest = running && phase.eta_range ? left(...phase.eta_range) : "";
  const said = phase.reused_from ? `from ${phase.reused_from}` : phase.items ? `${phase.items.done}/${phase.items.total}` : running ? rest || percent(fraction) : "";
  const timed = time === null ? "" : running ? clock(time) : took(time);
  return html`<li class="phase" aria-current=${running ? "step" : undefined}>
    <${StateMark} state=${phase.state} />
    <span class="phase-name">${phase.name}<span class="dim mono small">${phase.uses}</span></span>
    <span class="phase-bar">${running && html`<${Progress} value=${fraction} label=${`Progress of ${phase.name}`} />`}</span>
    <span class="num dim" key=${said}>${said}</span>
    <span class="num dim phase-time" key=${timed} title=${phase.started_at ? `Began ${exactTime(phase.started_at)}` : ""}>${timed}</span>
    ${warnings.map((text) => html`<p key=${text} class="warning small phase-warning"><${Icon} name="alert" />${sentence(text)}</p>`)}
  </li>`;
}
