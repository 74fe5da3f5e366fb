// The details of a job: its parameters compared with the defaults, its paths and times.
import { server } from "../lib/more_api.js";
import { exactTime } from "../lib/format.js";
import { middle, shown } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { toast } from "../ui/toasts.js";

const SENDERS = { ui: "the browser", cli: "the command line", watch: "a watch folder", api: "a program" };

/** The schemas of workflows as they were when a job of them was opened last; null where one is gone. */
const schemas = new Map();

/** Read the schema of a workflow, for titles and defaults. */
export async function readSchema(workflow) {
  if (!schemas.has(workflow)) schemas.set(workflow, await server.schema(workflow).catch(() => null));
}

/** @param {{job: Api.Job, prompt: Api.Prompt}} props */
export function Parameters({ job, prompt }) {
  const schema = schemas.get(job.workflow);
  const varies = new Set(Object.keys(job.submission.sweep ?? {}));
  const rows = Object.entries(prompt?.params ?? job.submission.params ?? {}).map(([name, value]) => {
    const property = schema?.properties?.[name];
    const plain = property && String(shown(property.default)) === String(shown(value));
    return { name, value, title: property?.title ?? name, plain };
  });
  if (!rows.length) return null;
  const changed = rows.filter((row) => !row.plain);
  const plain = rows.filter((row) => row.plain);
  const line = ({ name, title, value }) => html`<div key=${name}>
    <dt>${title}</dt><dd class="wrap">${shown(value)}${varies.has(name) && html` <span class="dim">varies</span>`}</dd></div>`;
  return html`<section class="part" aria-label="Parameters">
    <h2>Parameters</h2>
    <dl class="facts">${changed.map(line)}</dl>
    ${!changed.length && html`<p class="dim">All at their defaults.</p>`}
    ${plain.length > 0 && html`<details class="advanced"><summary>${plain.length} at their defaults</summary><dl class="facts">${plain.map(line)}</dl></details>`}
  </section>`;
}

/** @param {{job: Api.Job}} props */
export function Facts({ job }) {
  return html`<section class="part" aria-label="About this job">
    <h2>About</h2>
    <dl class="facts">
      <div><dt>Output folder</dt><dd><${CopyPath} path=${job.output_dir} /></dd></div>
      <div><dt>Submitted</dt><dd class="num">${exactTime(job.created_at)} from ${SENDERS[job.submitted_by] ?? job.submitted_by}</dd></div>
      <div><dt>Began</dt><dd class="num">${exactTime(job.started_at) || "not yet"}</dd></div>
      <div><dt>Ended</dt><dd class="num">${exactTime(job.finished_at) || "not yet"}</dd></div>
      ${job.run_order === "by_phase" && html`<div><dt>Order</dt><dd>by phase</dd></div>`}
      ${job.parent_id && html`<div><dt>Runs again</dt><dd><a href=${jobHref(job.parent_id)}>job ${job.parent_id}</a></dd></div>`}
      ${job.note && html`<div><dt>Note</dt><dd class="wrap">${job.note}</dd></div>`}
      ${job.tags.length > 0 && html`<div><dt>Tags</dt><dd>${job.tags.map((tag) => html`<span key=${tag} class="tag">${tag}</span> `)}</dd></div>`}
      ${job.model_loads_saved > 0 && html`<div><dt>Model loads saved</dt><dd class="num">${job.model_loads_saved}</dd></div>`}
    </dl>
  </section>`;
}

/** Shortened in the middle; whole on hover and in the clipboard. */
function CopyPath({ path }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(path);
      toast({ text: "Path copied" });
    } catch {
      toast({ text: "The browser did not allow copying", hint: path, tone: "partial" });
    }
  };
  return html`<button type="button" class="link mono" title=${`${path} (copy)`} onClick=${copy}>${middle(path)}</button>`;
}
