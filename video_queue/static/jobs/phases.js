// The phases of one render as a timeline: state, progress, time, number of items.
import { clock, exactTime, percent, span, took } from "../lib/format.js";
import { html } from "../lib/html.js";
import { liveRender, now } from "../state/store.js";
import { whyWaiting } from "./render_row.js";
import { Progress } from "../ui/progress.js";
import { StateMark } from "../ui/state_mark.js";

export function Phases({ prompt }) {
  const waits = prompt.state === "queued" ? whyWaiting(prompt) : null;
  return html`<div class="phases">
    <ol>${prompt.phases.map((phase) => html`<${PhaseLine} key=${phase.name} phase=${phase} prompt=${prompt} />`)}</ol>
    ${waits && html`<p class="dim">${waits}</p>`}
    ${prompt.attempt > 1 && html`<p class="dim num">Attempt ${prompt.attempt}</p>`}
  </div>`;
}

function PhaseLine({ phase, prompt }) {
  const live = liveRender(prompt.id);
  const running = phase.state === "running" || phase.state === "harvesting";
  const fraction = running && live.phase.value === phase.name ? live.progress.value : phase.progress;
  const ended = phase.finished_at ?? (running ? null : phase.started_at);
  const time = span(phase.started_at, ended, running ? now.value : 0);
  return html`<li class="phase" aria-current=${running ? "step" : undefined}>
    <${StateMark} state=${phase.state} />
    <span class="phase-name">${phase.name}<span class="dim mono small">${phase.uses}</span></span>
    <span class="phase-bar">${running && html`<${Progress} value=${fraction} label=${`Progress of ${phase.name}`} />`}</span>
    <span class="num dim">${phase.reused_from ? `from ${phase.reused_from}` : phase.items ? `${phase.items.done}/${phase.items.total}` : running ? percent(fraction) : ""}</span>
    <span class="num dim phase-time" title=${phase.started_at ? `Began ${exactTime(phase.started_at)}` : ""}>${time === null ? "" : running ? clock(time) : took(time)}</span>
  </li>`;
}
