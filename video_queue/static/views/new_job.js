// A new job: choose a workflow, then fill its form.
import { WorkflowCards } from "../forms/workflow_cards.js";
import { html } from "../lib/html.js";
import { route } from "../lib/router.js";
import { dropped } from "../state/dropped.js";
import { lazy } from "../ui/lazy.js";

const JobForm = lazy(() => import("./job_form.js").then((module) => module.JobForm), "forms");

export function NewJobView() {
  const workflow = route.value.rest[0];
  const { query } = route.value;
  const from = query.get("from");
  const way = query.has("folder") ? "folder" : query.has("more") ? "more" : "";
  return html`<div class="page">
    ${
      workflow
        ? html`<${JobForm} key=${`${workflow} ${from} ${way}`} workflow=${workflow} from=${from} way=${way} />`
        : html`<h1>New job</h1>
            <p class="dim lead">${dropped.value.length ? "Choose what to do with the files you dropped." : "Choose what to do."}</p>
            <${WorkflowCards} />`
    }
  </div>`;
}
