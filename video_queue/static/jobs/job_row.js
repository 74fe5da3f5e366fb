// One job in the list: a row of 40 px (or two lines of it where the list is narrow), each live field updated by itself.
import { server } from "../lib/more_api.js";
import { ago, clock, exactTime, number, span } from "../lib/format.js";
import { about, left } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref, openJob } from "../lib/router.js";
import { now, workflowTitle, workLeft } from "../state/store.js";
import { FINISHED } from "../lib/words.js";
import { isSelected } from "../state/selection.js";
import { jobMenuOf } from "./job_strip.js";
import { Pick } from "./pick.js";
import { IconButton } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { SegmentedBar } from "../ui/segments.js";
import { JobMark } from "../ui/state_mark.js";
import { Poster } from "../ui/poster.js";

/** @param {{job: Page.Live, place?: any, expanded?: any, onExpand?: any, current?: any, tabbable?: any, onFocus?: any}} props */
export function JobRow({ job, place, expanded, onExpand, current, tabbable, onFocus }) {
  const row = job.row.value;
  const title = row.name;
  const open = openJob.value === job.id;
  return html`<div
    class="job-row" data-job=${job.id} data-open=${open ? "" : undefined} data-current=${current ? "" : undefined}
    data-selected=${isSelected(String(job.id)) ? "" : undefined} onFocusIn=${onFocus}
  >
    <${Pick} name=${String(job.id)} label=${title} />
    <${IconButton}
      icon="chevron" class="expander" tabindex=${tabbable ? 0 : -1} label=${`Renders of ${title}`} aria-expanded=${expanded ? "true" : "false"}
      onClick=${onExpand}
    />
    <span class="thumb"><${Poster} poster=${row.poster} /></span>
    <span class="job-place num dim" title=${place ? "Its place in the queue: drag it" : undefined}>${place || ""}</span>
    <a class="job-name" href=${jobHref(job.id)} tabindex=${tabbable ? 0 : -1} aria-current=${open ? "true" : undefined}>
      <span class="job-title">${title}</span>
      <span class="job-sub dim">
        <span class="mono">${job.id}</span> · ${workflowTitle(row.workflow)}${row.tags.map((tag) => html` <span class="tag">${tag}</span>`)}
      </span>
    </a>
    <${SegmentedBar} counts=${job.counts} total=${job.total} progress=${job.progress} />
    <${Done} job=${job} />
    <${JobMark} job=${job} />
    <${When} job=${job} />
    <${Priority} row=${row} />
    <${Menu} label=${`What to do with ${title}`} tabbable=${tabbable} items=${() => jobMenuOf(job)} />
  </div>`;
}

/** @param {{job: Page.Live}} props */
function Done({ job }) {
  const { succeeded } = job.counts.value;
  const all = job.total.value;
  return html`<span class="job-done num">${all ? `${number(succeeded)}/${number(all)}` : "…"}</span>`;
}

/** The estimate where the server has one, the time so far while it runs, when it finished after that. @param {{job: Page.Live}} props */
function When({ job }) {
  const row = job.row.value;
  const state = job.state.value;
  if (FINISHED.has(state)) {
    const at = row.finished_at ?? row.created_at;
    return html`<span class="job-when num dim" title=${exactTime(at)}>${ago(at, now.value)}</span>`;
  }
  const work = job.held.value ? null : workLeft(job);
  if (work) {
    const text = state === "running" ? left(...work) : `takes ${about(...work)}`;
    return html`<span class=${`job-when num ${state === "running" ? "" : "dim"}`} title=${`Submitted ${exactTime(row.created_at)}`}>${text}</span>`;
  }
  if (state === "running" && row.started_at) {
    return html`<span class="job-when num dim" title=${`Began ${exactTime(row.started_at)}`}>
      ${clock(span(row.started_at, null, now.value))}</span>`;
  }
  return html`<span class="job-when dim" title=${exactTime(row.created_at)}>${ago(row.created_at, now.value)}</span>`;
}

/** @param {{row: Api.Job}} props */
function Priority({ row }) {
  if (!row.priority) return html`<span class="job-priority"></span>`;
  const label = `Priority ${row.priority}`;
  return html`<span class="job-priority num" title=${label} aria-label=${label} role="img">
    ${row.priority > 0 ? "▲" : "▼"}${Math.abs(row.priority)}</span>`;
}

/** The rows of a job's renders, read when it is unfolded. */
export const readRenders = (jobId, cursor) => server.prompts(jobId, { limit: 100, cursor });
