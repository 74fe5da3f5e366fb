// The workflows as cards to choose from; a broken one shows its first problem and cannot be chosen.
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { newHref } from "../lib/router.js";
import { workflows } from "../state/store.js";
import { KINDS } from "../lib/words.js";
import { Icon } from "../ui/icons.js";

export function kindOf(workflow) {
  const inputs = workflow.definition?.inputs;
  return inputs?.kind ?? (inputs ? Object.values(inputs)[0]?.kind : null) ?? "none";
}

export function WorkflowCards() {
  const all = workflows.value;
  if (!all) return html`<p class="dim" aria-busy="true">One moment.</p>`;
  return html`<ul class="cards">
    ${all.map((workflow) => html`<li key=${workflow.name}>${workflow.problems.length ? html`<${Broken} workflow=${workflow} />` : html`<${Card} workflow=${workflow} />`}</li>`)}
  </ul>`;
}

function Card({ workflow }) {
  const kind = KINDS[kindOf(workflow)];
  const phases = workflow.definition.phases;
  const comfy = phases.some((phase) => phase.uses === "comfy");
  return html`<a class="card" href=${newHref(workflow.name)}>
    <span class="card-icon"><${Icon} name=${kind.icon} size=${20} /></span>
    <span class="card-title">${workflow.title || workflow.name}</span>
    <span class="dim">${workflow.description}</span>
    <span class="card-foot dim">${kind.many === "nothing" ? "needs no files" : kind.many} · ${plural(phases.length, "step")}${comfy ? " · ComfyUI" : ""}</span>
  </a>`;
}

function Broken({ workflow }) {
  const [first] = workflow.problems;
  return html`<div class="card" data-broken>
    <span class="card-icon state" data-tone="failed"><${Icon} name="alert" size=${20} /></span>
    <span class="card-title">${workflow.title || workflow.name}</span>
    <span class="complaint">${first.message}</span>
    <span class="card-foot dim mono clip" title=${workflow.source}>${workflow.source}</span>
  </div>`;
}
