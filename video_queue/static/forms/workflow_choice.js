// What a new job does: the workflows to choose from, those first that take the files on the table, and the one used last.
// A broken one shows its first problem and cannot be chosen.
import { useEffect, useRef } from "preact/hooks";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { recall } from "../lib/remembered.js";
import { newHref } from "../lib/router.js";
import { KINDS } from "../lib/words.js";
import { dropped } from "../state/dropped.js";
import { workflows } from "../state/store.js";
import { Icon } from "../ui/icons.js";

export function kindOf(workflow) {
  const inputs = workflow.definition?.inputs;
  return inputs?.kind ?? (inputs ? Object.values(inputs)[0]?.kind : null) ?? "none";
}

/** Whether a workflow takes something of what was dropped. */
function takes(workflow, kinds) {
  const kind = kindOf(workflow);
  return kinds.has(kind) || (kind === "media" && kinds.size > 0);
}

/** The workflow used last, if it takes these files; with none, if it is still there. */
export function usualFor(files) {
  const last = recall("workflow", null);
  const workflow = (workflows.value ?? []).find(({ name, problems }) => name === last && !problems.length);
  return workflow && (!files.length || takes(workflow, new Set(files.map(({ kind }) => kind)))) ? last : null;
}

export function WorkflowChoice() {
  const all = workflows.value;
  const files = dropped.entries.value;
  const heading = useRef(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [all === null]);
  if (!all) return html`<h1>New job</h1><p class="dim" aria-busy="true">One moment.</p>`;
  const kinds = new Set(files.map(({ kind }) => kind));
  const last = recall("workflow", null);
  const rank = (workflow) => (workflow.problems.length ? 4 : 0) + (takes(workflow, kinds) ? 0 : 2) + (workflow.name === last ? 0 : 1);
  const sorted = [...all].sort((a, b) => rank(a) - rank(b));
  return html`<h1 ref=${heading} tabindex="-1">New job</h1>
    <p class="dim lead">${files.length ? `Choose what to do with ${files.length === 1 ? "the file" : `the ${plural(files.length, "file")}`} you dropped.` : "Choose what to do, or drop files anywhere on the page."}</p>
    <ul class="cards">
      ${sorted.map((workflow) => html`<li key=${workflow.name}>${workflow.problems.length ? html`<${Broken} workflow=${workflow} />` : html`<${Card} workflow=${workflow} last=${workflow.name === last} />`}</li>`)}
    </ul>`;
}

function Card({ workflow, last }) {
  const kind = KINDS[kindOf(workflow)];
  const phases = workflow.definition.phases;
  const comfy = phases.some((phase) => phase.uses === "comfy");
  return html`<a class="card" href=${newHref(workflow.name)}>
    <span class="card-icon"><${Icon} name=${kind.icon} size=${20} /></span>
    <span class="card-title">${workflow.title || workflow.name}</span>
    <span class="dim">${workflow.description}</span>
    <span class="card-foot dim">${last ? "used last · " : ""}${kind.many === "nothing" ? "needs no files" : kind.many} · ${plural(phases.length, "step")}${comfy ? " · ComfyUI" : ""}</span>
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
