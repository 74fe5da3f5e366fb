// A state as icon, word and colour together, so that none has to be understood alone.
import { html } from "../lib/html.js";
import { STATES } from "../lib/words.js";
import { Icon } from "./icons.js";

/** `word` replaces that of the state. */
export function StateMark({ state, title, word: said, of = STATES }) {
  const { word, icon, tone } = of[state] ?? { word: state, icon: "circle", tone: "queued" };
  return html`<span class="state" data-tone=${tone} title=${title}>
    <${Icon} name=${icon} /><span class="state-word">${said ?? word}</span>
  </span>`;
}

/** The mark of a live job: on hold replaces queued. */
export function JobMark({ job }) {
  const state = job.state.value;
  const held = job.held.value && (state === "queued" || state === "running");
  return html`<${StateMark} state=${held ? "held" : state} />`;
}
