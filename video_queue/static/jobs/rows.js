// The dense list: a row for each job, those of its renders below it when it is unfolded. Fetched with its first use.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { knownJob } from "../state/store.js";
import { keepRenders, toggle, unfolded } from "../state/unfolded.js";
import { JobRow, readRenders } from "./job_row.js";
import { RenderRow } from "./render_row.js";

const LATER = 300;

const unfold = (id) => readRenders(id).then((page) => keepRenders(id, page), () => undefined);

/** The renders of an unfolded job are read when it is unfolded and again when its counts change. */
function followUnfolded(id) {
  unfold(id);
  let timer = 0;
  let first = true;
  const stop = effect(() => {
    void knownJob(id)?.counts.value;
    clearTimeout(timer);
    if (!first) timer = setTimeout(() => unfold(id), LATER);
    first = false;
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

export function RowItem({ item, current, tabbable }) {
  if (item.prompt) {
    const swept = Object.keys(knownJob(item.job)?.row.peek().submission.sweep ?? {});
    return html`<${RenderRow} prompt=${item.prompt} swept=${swept} href=${jobHref(item.job)} onChanged=${() => unfold(item.job)} />`;
  }
  if (item.more) return html`<div class="more-row"><a href=${jobHref(item.more)}>All renders of this job</a></div>`;
  return html`<${JobItem} job=${knownJob(item.job)} place=${item.place} current=${current} tabbable=${tabbable} />`;
}

function JobItem({ job, place, current, tabbable }) {
  const expanded = unfolded.value.has(job.id);
  useEffect(() => (expanded ? followUnfolded(job.id) : undefined), [expanded]);
  const focus = () => {
    current.value = job.id;
  };
  return html`<${JobRow}
    job=${job} place=${place} tabbable=${tabbable} expanded=${expanded} current=${current.value === job.id} onExpand=${() => toggle(job.id)} onFocus=${focus}
  />`;
}
