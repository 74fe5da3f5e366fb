// All workflows: inputs and steps, the path of the file, and the problems of a broken one.
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { lazy } from "../ui/lazy.js";
import { StateMark } from "../ui/state_mark.js";
import { kindOf } from "../forms/workflow_cards.js";
import { plural } from "../lib/format.js";
import { middle, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { newHref } from "../lib/router.js";
import { workflows } from "../state/store.js";
import { KINDS } from "../lib/words.js";

const Import = lazy(() => import("./import_workflow.js").then((module) => module.ImportWorkflow), "forms", "import");

export function WorkflowsView() {
  const all = workflows.value ?? [];
  return html`<div class="page">
    <h1>Workflows</h1>
    <p class="dim lead">Files in the workflows folder. Changes count at once; your own win over those that ship.</p>
    <${Import} />
    <ul class="workflow-list">${all.map((workflow) => html`<${WorkflowLine} key=${workflow.name} workflow=${workflow} />`)}</ul>
  </div>`;
}

function WorkflowLine({ workflow }) {
  const broken = workflow.problems.length > 0;
  const kind = KINDS[kindOf(workflow)];
  const phases = workflow.definition?.phases ?? [];
  return html`<li class="workflow-line">
    <span class="card-icon"><${Icon} name=${kind.icon} size=${20} /></span>
    <div>
      <h2>${workflow.title || workflow.name} <span class="mono small dim">${workflow.name}</span></h2>
      <p class="dim">${workflow.description}</p>
      <p class="small dim wrap" title=${workflow.source}>
        ${phases.length > 0 && `${phases.map((phase) => phase.name).join(" → ")} · `}
        ${workflow.shipped ? "ships with video_queue" : html`<span class="mono">${middle(workflow.source, 80)}</span>`}
      </p>
      ${workflow.problems.map((problem) => html`<${ErrorLine} key=${problem.message} error=${{ message: problem.message, hint: problem.loc.join(" · ") }} />`)}
      ${workflow.warnings.length > 0 && html`<details class="small"><summary>${plural(workflow.warnings.length, "warning")}: ComfyUI would refuse it</summary>
        ${workflow.warnings.map(({ message }) => html`<p key=${message} class="dim wrap">${sentence(message)}</p>`)}
      </details>`}
    </div>
    ${
      broken
        ? html`<${StateMark} state="fail" title=${plural(workflow.problems.length, "problem")} />`
        : html`<a class="button" href=${newHref(workflow.name)} aria-label=${`New job with ${workflow.title || workflow.name}`}><${Icon} name="plus" />New job</a>`
    }
  </li>`;
}
