// What is done with a render that pleases: its values on a whole folder, or more that are like it.
import { html } from "../lib/html.js";
import { newHref } from "../lib/router.js";
import { knownJob } from "../state/store.js";
import { api } from "../lib/api.js";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** The workflow of a job, which the list may not have read. */
function useWorkflow(jobId) {
  const workflow = useSignal(knownJob(jobId)?.row.peek().workflow ?? null);
  useEffect(() => {
    if (!workflow.peek()) api.job(jobId).then((job) => (workflow.value = job.workflow), () => undefined);
  }, [jobId]);
  return workflow.value;
}

/**
 * `letter` is what the render is called here: A, or this; `first` is the likeliest of several.
 * @param {{prompt: Api.Prompt, letter?: any, first?: any}} props
 */
export function Use({ prompt, letter, first = true }) {
  const workflow = useWorkflow(prompt.job_id);
  const form = (way) => (workflow ? `${newHref(workflow, `${prompt.job_id}.${prompt.index}`)}&${way}` : undefined);
  return html`<div class="view-buttons">
    ${prompt.inputs.length > 0 && html`<a class=${`button ${first ? "primary" : ""}`} href=${form("folder=1")}>Use ${letter} for a whole folder</a>`}
    <a class="button" href=${form("more=1")}>More like ${letter}</a>
  </div>`;
}
