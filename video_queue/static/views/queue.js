// The queue as one flat list: running, queued and done jobs. Only the rows in view are drawn.
import { computed, effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../ui/icons.js";
import { JobRow, readRenders } from "../jobs/job_row.js";
import { FilterBar } from "../jobs/filter_bar.js";
import { NowBar } from "../jobs/now_bar.js";
import { RenderRow } from "../jobs/render_row.js";
import { offsetsOf, scrollToRow, WindowedList } from "../ui/windowed_list.js";
import { number, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { leaving, readLists, ready, sections } from "../state/lists.js";
import { recall, remember } from "../lib/remembered.js";
import { filter, jobHref, newHref } from "../lib/router.js";
import { counts, knownJob } from "../state/store.js";

/** Heights in the wide and in the narrow list, where a job takes two lines. */
const WIDE = () => 40;
const NARROW = (item) => (item.section || item.prompt || item.more ? 48 : 64);
const NARROW_WIDTH = 640;
const UNREAD = 2000;

/** The job that has, or last had, the keyboard. */
export const current = signal(null);
const folded = signal(new Set(recall("folded", [])));
const unfolded = signal(new Map());
const heightOf = signal(WIDE);

/** Everything the list shows, from top to bottom. */
const items = computed(() =>
  sections.flatMap((section) => {
    if (!section.total.value) return [];
    const head = { key: section.name, section };
    if (folded.value.has(section.name)) return [head];
    const ids = section.ids.value.filter((id) => !leaving.value.has(id));
    const rows = ids.flatMap((id) => [{ key: `job-${id}`, job: id }, ...renderItems(id)]);
    const unread = section.complete.value ? 0 : Math.min(UNREAD, section.total.value - section.ids.value.length);
    const later = Array.from({ length: unread }, (_, at) => ({ key: `${section.name}-${at}`, unread: section }));
    return [head, ...rows, ...later];
  }),
);

function renderItems(id) {
  const open = unfolded.value.get(id);
  if (!open) return [];
  const rows = open.prompts.map((prompt) => ({ key: `render-${prompt.id}`, prompt, job: id }));
  return open.more ? [...rows, { key: `more-${id}`, more: id }] : rows;
}

async function unfold(id) {
  const page = await readRenders(id);
  unfolded.value = new Map(unfolded.peek()).set(id, { prompts: page.items, more: page.next_cursor !== null });
}

export function toggle(id) {
  if (!unfolded.peek().has(id)) {
    unfold(id).catch(() => undefined);
    return;
  }
  const rest = new Map(unfolded.peek());
  rest.delete(id);
  unfolded.value = rest;
}

function fold(name) {
  const rest = new Set(folded.peek());
  if (!rest.delete(name)) rest.add(name);
  folded.value = rest;
  remember("folded", [...rest]);
}

/** The renders of an unfolded job are read again when its counts change. */
function followUnfolded(id) {
  let timer = 0;
  const stop = effect(() => {
    void knownJob(id)?.counts.value;
    clearTimeout(timer);
    timer = setTimeout(() => unfolded.peek().has(id) && unfold(id).catch(() => undefined), 300);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** Move the keyboard one job down or up, and scroll to it. */
export function step(by) {
  const all = items.peek();
  const jobs = all.flatMap((item, at) => (item.job && !item.prompt ? [at] : []));
  if (!jobs.length) return false;
  const at = jobs.findIndex((index) => all[index].job === current.peek());
  const to = jobs[at < 0 ? 0 : Math.max(0, Math.min(jobs.length - 1, at + by))];
  current.value = all[to].job;
  const list = document.querySelector(".windowed");
  const offsets = offsetsOf(all, heightOf.peek());
  scrollToRow(list, offsets[to], offsets[to + 1], document.querySelector(".top")?.offsetHeight ?? 0);
  if (!focusJob(current.peek())) requestAnimationFrame(() => focusJob(current.peek()));
  return true;
}

/** Rows that were not drawn yet are there in the next frame. */
function focusJob(id) {
  const link = document.querySelector(`[data-job="${id}"] .job-name`);
  link?.focus({ preventScroll: true });
  return link;
}

export function QueueView() {
  const box = useRef(null);
  const { state, workflow, q, archived } = filter.value;
  const filtered = state.length > 0 || workflow !== "" || q !== "" || archived;
  useEffect(() => {
    if (ready.peek()) readLists({ fresh: true }).catch(() => undefined);
  }, [state.join(), workflow, q, archived]);
  useEffect(() => {
    const size = new ResizeObserver(([entry]) => {
      heightOf.value = entry.contentRect.width < NARROW_WIDTH ? NARROW : WIDE;
    });
    size.observe(box.current);
    return () => size.disconnect();
  }, []);
  const seen = (shown) => shown.findLast((item) => item.unread)?.unread.more();
  const nothing = ready.value && !items.value.length;
  return html`<div class="queue" ref=${box} data-narrow=${heightOf.value === NARROW ? "" : undefined}>
    <h1 class="hidden">Queue</h1>
    <${NowBar} />
    <${FilterBar} />
    ${nothing && (filtered ? html`<${NothingFits} />` : html`<${FirstSteps} />`)}
    <${WindowedList}
      items=${items.value} heightOf=${heightOf.value} renderRow=${drawItem} label="Jobs" onSeen=${seen}
      keep=${current.value === null ? null : `job-${current.value}`}
    />
  </div>`;
}

function drawItem(item) {
  if (item.section) return html`<${SectionHead} section=${item.section} />`;
  if (item.prompt) {
    const swept = Object.keys(knownJob(item.job)?.row.peek().submission.sweep ?? {});
    return html`<${RenderRow} prompt=${item.prompt} swept=${swept} href=${jobHref(item.job)} onChanged=${() => unfold(item.job)} />`;
  }
  if (item.more) return html`<div class="more-row"><a href=${jobHref(item.more)}>All renders of this job</a></div>`;
  const job = item.job && knownJob(item.job);
  if (!job) return html`<div class="job-row skeleton" aria-hidden="true"><span class="thumb"></span><span class="bone"></span></div>`;
  return html`<${JobItem} job=${job} />`;
}

function JobItem({ job }) {
  const expanded = unfolded.value.has(job.id);
  useEffect(() => (expanded ? followUnfolded(job.id) : undefined), [expanded]);
  const focus = () => {
    current.value = job.id;
  };
  return html`<${JobRow}
    job=${job} expanded=${expanded} current=${current.value === job.id} onExpand=${() => toggle(job.id)} onFocus=${focus}
  />`;
}

function SectionHead({ section }) {
  const open = !folded.value.has(section.name);
  return html`<div class="section-head">
    <h2>
      <button type="button" class="quiet" aria-expanded=${open ? "true" : "false"} onClick=${() => fold(section.name)}>
        <${Icon} name="chevron" />${section.title}<span class="num dim">${number(section.total.value)}</span>
      </button>
    </h2>
  </div>`;
}

function NothingFits() {
  const all = Object.values(counts.value ?? {}).reduce((sum, many) => sum + many, 0);
  return html`<div class="empty">
    <h2>No job fits the filter</h2>
    <p class="dim">${all ? `${plural(all, "job")} would without the state.` : "Try other words, or all workflows."}</p>
    <a class="button" href="#/queue">Show all jobs</a>
  </div>`;
}

function FirstSteps() {
  return html`<div class="empty">
    <h2>Three steps to the first render</h2>
    <ol class="steps">
      <li><strong>Pick a workflow.</strong> <span class="dim">It says what is done to your files.</span></li>
      <li><strong>Drop your clips.</strong> <span class="dim">One becomes one render; seeds and sweeps make more.</span></li>
      <li><strong>Submit.</strong> <span class="dim">It runs here, one after the other, even after this page is closed.</span></li>
    </ol>
    <a class="button primary" href=${newHref()}><${Icon} name="plus" />New job</a>
  </div>`;
}
