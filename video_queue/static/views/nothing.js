// What the queue says when it is empty: how to begin, or that the filter leaves nothing.
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { filter, newHref } from "../lib/router.js";
import { counts } from "../state/store.js";
import { Icon } from "../ui/icons.js";

export function Nothing() {
  const { state, workflow, q, archived } = filter.value;
  return state.length || workflow || q || archived ? html`<${NothingFits} />` : html`<${FirstSteps} />`;
}

function NothingFits() {
  const all = Object.values(counts.value ?? {}).reduce((sum, many) => sum + many, 0);
  return html`<div class="empty">
    <h2>No job fits the filter</h2>
    <p class="dim">${all ? `${plural(all, "job")} would without the state.` : "Try other words, or all workflows."}</p>
    <a class="button" href="#/queue">Show all jobs</a>
  </div>`;
}

function FirstSteps() {
  return html`<div class="empty">
    <h2>Three steps to the first render</h2>
    <ol class="steps">
      <li><strong>Pick a workflow.</strong> <span class="dim">It says what is done to your files.</span></li>
      <li><strong>Drop your clips.</strong> <span class="dim">One becomes one render; seeds and sweeps make more.</span></li>
      <li><strong>Submit.</strong> <span class="dim">It runs here, one after the other, even after this page is closed.</span></li>
    </ol>
    <a class="button primary" href=${newHref()}><${Icon} name="plus" />New job</a>
  </div>`;
}
