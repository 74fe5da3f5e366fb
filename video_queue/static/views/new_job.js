// A new job on the table: the queue stays where it is, what is being made lies grey above it, and its form is beside it.
import { useEffect } from "preact/hooks";
import { usualFor, WorkflowChoice } from "../forms/workflow_choice.js";
import { html } from "../lib/html.js";
import { go, newHref, queueHref, route } from "../lib/router.js";
import { making } from "../state/drafts.js";
import { dropped } from "../state/dropped.js";
import { Icon } from "../ui/icons.js";
import { lazy, lazyPart } from "../ui/lazy.js";
import { QueueView } from "./queue.js";

const JobForm = lazy(() => import("./job_form.js").then((module) => module.JobForm), "forms");
const FutureJob = lazyPart(() => import("../viewer/future.js").then((module) => module.FutureJob), "forms");

export function NewJobView() {
  const workflow = route.value.rest[0];
  const { query } = route.value;
  const from = query.get("from");
  const way = query.has("folder") ? "folder" : query.has("more") ? "more" : query.has("file") ? "file" : "";
  const usual = workflow || query.has("all") ? null : usualFor(dropped.entries.value);
  useEffect(() => {
    if (usual) go(newHref(usual), { replace: true });
  }, [usual]);
  const draft = workflow ? making.value : null;
  return html`<div class="making">
    <${QueueView} above=${html`<${FutureJob} draft=${draft} inputs=${draft?.slots ?? [dropped]} />`} />
    <section class="form-panel" aria-label="New job">
      <a class="icon-button form-close" href=${queueHref()} aria-label="Close the form" title="Close the form"><${Icon} name="cross" /></a>
      ${workflow ? html`<${JobForm} key=${`${workflow} ${from} ${way}`} workflow=${workflow} from=${from} way=${way} />` : html`<${WorkflowChoice} />`}
    </section>
  </div>`;
}
