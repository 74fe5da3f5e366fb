// All workflows, those used last first: what went in and what came out of each, its steps, the path of its file. Broken
// ones are folded, each with its reason.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { lazy } from "../ui/lazy.js";
import { Poster } from "../ui/poster.js";
import { kindOf } from "../forms/workflow_choice.js";
import { api } from "../lib/api.js";
import { ago, exactTime, plural } from "../lib/format.js";
import { middle, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref, newHref } from "../lib/router.js";
import { now, workflows } from "../state/store.js";
import { KINDS } from "../lib/words.js";

const Import = lazy(() => import("./import_workflow.js").then((module) => module.ImportWorkflow), "forms", "import");
const NEWEST = 100;

/** The newest job of each workflow, and the newest with an output: `{name: {last, made}}`. */
async function readUses(names) {
  const uses = new Map(names.map((name) => [name, {}]));
  const note = (job) => {
    const use = uses.get(job.workflow);
    if (!use) return;
    use.last ??= job;
    if (typeof job.poster === "number") use.made ??= job;
  };
  (await api.jobs({ limit: NEWEST })).items.forEach(note);
  const rest = names.filter((name) => !uses.get(name).last);
  const pages = await Promise.all(rest.map((workflow) => api.jobs({ workflow, limit: 10 })));
  pages.forEach((page) => page.items.forEach(note));
  return uses;
}

/** The file that went into a job, where it was named. */
function inputOf(job) {
  const { inputs } = job?.submission ?? {};
  const first = Array.isArray(inputs) ? inputs[0] : inputs?.first?.[0];
  return typeof first === "string" && /[\\/].*\.\w+$/.test(first) ? first : null;
}

export function WorkflowsView() {
  const all = workflows.value ?? [];
  const uses = useSignal(new Map());
  const names = all.map(({ name }) => name);
  useEffect(() => void readUses(names).then((found) => (uses.value = found), () => undefined), [names.join()]);
  const broken = all.filter(({ problems }) => problems.length);
  const usedAt = ({ name }) => uses.value.get(name)?.last?.created_at ?? "";
  const whole = all.filter(({ problems }) => !problems.length).sort((a, b) => Number(usedAt(b) > usedAt(a)) - Number(usedAt(b) < usedAt(a)));
  return html`<div class="page">
    <h1>Workflows</h1>
    <p class="dim lead">Files in the workflows folder. Changes count at once; your own win over those that ship.</p>
    <${Import} />
    ${broken.length > 0 && html`<details class="broken-workflows"><summary>${plural(broken.length, "workflow")} cannot be used</summary>
      <ul class="workflow-list">${broken.map((workflow) => html`<${BrokenLine} key=${workflow.name} workflow=${workflow} />`)}</ul></details>`}
    <ul class="workflow-list">${whole.map((workflow) => html`<${WorkflowLine} key=${workflow.name} workflow=${workflow} use=${uses.value.get(workflow.name) ?? {}} />`)}</ul>
  </div>`;
}

/** @param {{workflow: Api.WorkflowInfo}} props */
function BrokenLine({ workflow }) {
  return html`<li class="workflow-line">
    <span class="card-icon"><${Icon} name="alert" size=${20} /></span>
    <div>
      <h2>${workflow.title || workflow.name} <span class="mono small dim">${workflow.name}</span></h2>
      <p class="small dim wrap mono" title=${workflow.source}>${middle(workflow.source, 80)}</p>
      ${workflow.problems.map((problem) => html`<${ErrorLine} key=${problem.message} error=${{ message: problem.message, hint: problem.loc.join(" · ") }} />`)}
    </div>
  </li>`;
}

/** What went in and what came out the last time; before that, what it takes. @param {{workflow: Api.WorkflowInfo, use?: any}} props */
function Pictures({ workflow, use }) {
  const kind = KINDS[kindOf(workflow)];
  const before = inputOf(use.made);
  if (!use.made) return html`<span class="workflow-pictures" aria-hidden="true"><span class="workflow-picture"><${Icon} name=${kind.icon} size=${20} /></span></span>`;
  return html`<a class="workflow-pictures" href=${jobHref(use.made.id)} aria-label=${`Before and after: ${use.made.name}`}>
    ${before && html`<span class="workflow-picture" title="Before"><${Poster} poster=${before} /></span>`}
    <span class="workflow-picture" title="After"><${Poster} poster=${use.made.poster} /></span>
  </a>`;
}

/** @param {{workflow: Api.WorkflowInfo, use?: any}} props */
function WorkflowLine({ workflow, use }) {
  const phases = workflow.definition?.phases ?? [];
  const used = use.last && html`<span class="num" title=${exactTime(use.last.created_at)}>used ${ago(use.last.created_at, now.value)}</span>`;
  return html`<li class="workflow-line" data-workflow=${workflow.name}>
    <${Pictures} workflow=${workflow} use=${use} />
    <div>
      <h2>${workflow.title || workflow.name} <span class="mono small dim">${workflow.name}</span></h2>
      <p class="dim">${workflow.description}</p>
      <p class="small dim wrap" title=${workflow.source}>
        ${used}${used && " · "}${phases.length > 0 && `${phases.map((phase) => phase.name).join(" → ")} · `}
        ${workflow.shipped ? "ships with video_queue" : html`<span class="mono">${middle(workflow.source, 80)}</span>`}
      </p>
      ${workflow.warnings.length > 0 && html`<details class="small"><summary>${plural(workflow.warnings.length, "warning")}: ComfyUI would refuse it</summary>
        ${workflow.warnings.map(({ message }) => html`<p key=${message} class="dim wrap">${sentence(message)}</p>`)}
      </details>`}
    </div>
    <a class="button" href=${newHref(workflow.name)} aria-label=${`New job with ${workflow.title || workflow.name}`}><${Icon} name="plus" />New job</a>
  </li>`;
}
