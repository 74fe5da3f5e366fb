// The filter of the list, in one line: states with their counts, a workflow, a search (kept in the address), and how
// densely it is shown.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { filter, setFilter } from "../lib/router.js";
import { refusal } from "../state/lists.js";
import { between, doneAbout } from "../state/days.js";
import { counts, density, now, queue, workflows } from "../state/store.js";
import { JOB_STATES, STATES } from "../lib/words.js";
import { Icon, IconButton } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";

const Completions = lazyPart(() => import("./filter_words.js").then((module) => module.Completions), "order");
const TYPING = 250;

export function FilterBar({ onDensity }) {
  return html`<form class="filter-bar" role="search" aria-label="Filter the jobs" onSubmit=${(event) => event.preventDefault()}>
    <${Words} />
    <${WorkflowChoice} />
    <div class="chips" role="group" aria-label="State">
      <button
        type="button" class="chip" aria-pressed=${filter.value.archived ? "true" : "false"}
        onClick=${() => setFilter({ archived: !filter.value.archived })}
      ><span class="state" data-tone="queued"><${Icon} name="box" size=${14} /></span>Archive</button>
      ${shownStates().map((state) => html`<${StateChip} key=${state} state=${state} />`)}
    </div>
    <${AllDone} />
    <${Density} onDensity=${onDensity} />
  </form>
  ${refusal.value && html`<p class="filter-hint small" role="status">${refusal.value.message}. <span class="dim">${refusal.value.hint}</span></p>`}`;
}

function Words() {
  const typed = useSignal(filter.value.q);
  const field = useRef(null);
  const focused = useSignal(false);
  /** What this field wrote last: while it is typed on, Back leads to what was before it. */
  const written = useRef(null);
  const write = () => {
    if (typed.value === filter.peek().q) return;
    const replace = written.current !== null && written.current === filter.peek().q;
    written.current = typed.value;
    setFilter({ q: typed.value }, { replace });
  };
  useEffect(() => {
    // What this field wrote itself is older than what is typed by now.
    if (filter.value.q === written.current) return;
    written.current = null;
    if (filter.value.q.trim() !== typed.peek().trim()) typed.value = filter.value.q;
  }, [filter.value.q]);
  useEffect(() => {
    const timer = setTimeout(write, TYPING);
    return () => clearTimeout(timer);
  }, [typed.value]);
  const take = (text) => {
    typed.value = text;
    field.current.value = text;
  };
  const blur = () => {
    write();
    written.current = null;
    focused.value = false;
  };
  return html`<label class="search">
    <span class="hidden">Find by name, note or workflow; or state:failed, workflow:NAME, tag:NAME, since:yesterday</span>
    <${Icon} name="search" />
    <input
      ref=${field} type="search" id="filter" placeholder="Find, or tag:night" autocomplete="off" value=${typed.value}
      role="combobox" aria-autocomplete="list" aria-expanded="false"
      onFocus=${() => (focused.value = true)} onBlur=${blur} onInput=${(event) => (typed.value = event.target.value)}
    />
    ${focused.value && html`<${Completions} field=${field} typed=${typed.value} onTake=${take} />`}
  </label>`;
}

function WorkflowChoice() {
  const names = workflows.value ?? [];
  const chosen = filter.value.workflow;
  return html`<label class="select">
    <span class="hidden">Workflow</span>
    <select value=${chosen} onChange=${(event) => setFilter({ workflow: event.target.value })}>
      <option value="">All workflows</option>
      ${chosen && !names.some((item) => item.name === chosen) && html`<option value=${chosen}>${chosen}</option>`}
      ${names.map((item) => html`<option key=${item.name} value=${item.name}>${item.title || item.name}</option>`)}
    </select>
  </label>`;
}

/** When the whole queue is done. */
function AllDone() {
  const view = queue.value;
  if (!view?.eta_seconds || view.counts.queued + view.counts.running < 2) return html`<span class="all-done"></span>`;
  const [low, high] = view.eta_range ?? [view.eta_seconds, view.eta_seconds];
  const at = [low, view.eta_seconds, high].map((seconds) => view.readAt + seconds);
  return html`<span class="all-done dim num" title=${between(at, now.value)}>all ${doneAbout(at, now.value)}</span>`;
}

const DENSITIES = { rows: ["list", "Rows (1)"], strips: ["strips", "Strips (2)"], sheet: ["grid", "All pictures (3)"] };

function Density({ onDensity }) {
  return html`<div class="density" role="group" aria-label="How the queue is shown">
    ${Object.entries(DENSITIES).map(
      ([name, [icon, label]]) => html`<${IconButton} key=${name} icon=${icon} label=${label} aria-pressed=${density.value === name ? "true" : "false"} onClick=${() => onDensity(name)} />`,
    )}
  </div>`;
}

/** The usual states, and behind them the others in the order in which they came: a chip that is there stays where it is. */
const shown = new Set(["running", "queued", "succeeded"]);

function shownStates() {
  for (const state of JOB_STATES) if (counts.value?.[state] || filter.value.state.includes(state)) shown.add(state);
  return [...shown];
}

function StateChip({ state }) {
  const { word, icon, tone } = STATES[state];
  const chosen = filter.value.state;
  const on = chosen.includes(state);
  const many = counts.value?.[state] ?? 0;
  const toggle = () => setFilter({ state: on ? chosen.filter((item) => item !== state) : [...chosen, state] });
  return html`<button type="button" class="chip" aria-pressed=${on ? "true" : "false"} onClick=${toggle}>
    <span class="state" data-tone=${tone}><${Icon} name=${icon} size=${14} /></span>${word}<span class="num dim">${number(many)}</span>
  </button>`;
}
