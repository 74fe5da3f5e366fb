// The queue as one list: what needs the artist, what runs, what comes, and what was made by day. Three densities: rows,
// a strip of pictures for each job, or all pictures as a sheet. Only what is in view is drawn.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { CELL, JobLine, Strip } from "../jobs/job_strip.js";
import { NowBar } from "../jobs/now_bar.js";
import { number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { recall, remember } from "../lib/remembered.js";
import { filter, openJob } from "../lib/router.js";
import { dayOf } from "../state/days.js";
import { leaving, readLists, ready, sections } from "../state/lists.js";
import { isSelected, selectedCount, setOrder } from "../state/selection.js";
import { counts, density, knownJob, now } from "../state/store.js";
import { unfolded } from "../state/unfolded.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { offsetsOf, scrollToRow, WindowedList } from "../ui/windowed_list.js";

const FilterBar = lazyPart(() => import("../jobs/filter_bar.js").then((module) => module.FilterBar));
const RowItem = lazyPart(() => import("../jobs/rows.js").then((module) => module.RowItem), "rows");
const Causes = lazyPart(() => import("../jobs/causes.js").then((module) => module.Causes), "order");
const SelectionBar = lazyPart(() => import("../jobs/selection_bar.js").then((module) => module.SelectionBar), "order");
const Nothing = lazyPart(() => import("./nothing.js").then((module) => module.Nothing));

const HEAD = 40;
const LINE = 36;
const CELLS = 76;
const GAP = 8;
const CAUSES = 44;
/** Rows of the wide and of the narrow list, where a job takes two lines. */
const ROW = 40;
const NARROW_ROW = 64;
const NARROW_RENDER = 48;
const NARROW_WIDTH = 640;
const PADDING = 32;
const UNREAD = 2000;
/** So many failed jobs and reviews stand before what runs; the others unfold. */
const NEEDS = 6;

/** The job that has, or last had, the keyboard. */
export const current = signal(null);
const folded = signal(new Set(recall("folded", [])));
const width = signal(innerWidth);
const day = computed(() => Math.floor(now.value / 600) * 600);

/** Everything the list shows, from top to bottom. */
const items = computed(() => {
  const rows = sections.flatMap((section) => {
    if (!section.total.value) return [];
    if (section.name === "ended") return endedItems(section);
    const head = { key: section.name, title: section.title, total: section.total.value };
    if (folded.value.has(section.name)) return [head];
    const ids = section.ids.value.filter((id) => !leaving.value.has(id));
    const shown = section.name === "needs" && !folded.value.has("needs-all") ? ids.slice(0, NEEDS) : ids;
    const hidden = section.total.value - shown.length;
    const jobs = shown.flatMap((id, at) => jobItems(id, section.name === "next" ? at + 1 : 0));
    if (section.name === "needs" && counts.value.failed + counts.value.partial > 1) jobs.unshift({ key: "causes", causes: true });
    if (shown !== ids && hidden > 0) return [head, ...jobs, { key: "needs-all", hidden }];
    return [head, ...jobs, ...unreadItems(section)];
  });
  return rows;
});

function endedItems(section) {
  const ids = section.ids.value.filter((id) => !leaving.value.has(id));
  const all = [];
  let title = null;
  let shut = false;
  for (const id of ids) {
    const { finished_at: at, created_at: created } = knownJob(id).row.value;
    const today = dayOf(at ?? created, day.value);
    if (today !== title) {
      title = today;
      shut = folded.value.has(`day-${title}`);
      all.push({ key: `day-${title}`, title });
    }
    if (!shut) all.push(...jobItems(id, 0));
  }
  return [...all, ...unreadItems(section)];
}

function jobItems(id, place) {
  const open = unfolded.value.has(id);
  if (density.value === "rows") {
    const renders = unfolded.value.get(id);
    const rows = (renders?.prompts ?? []).map((prompt) => ({ key: `render-${prompt.id}`, prompt, job: id }));
    return [{ key: `job-${id}`, job: id, place, row: true }, ...rows, ...(renders?.more ? [{ key: `more-${id}`, more: id }] : [])];
  }
  if (density.value === "strips" && !open) return [{ key: `job-${id}`, job: id, place, strip: true }];
  const fits = Math.max(1, Math.floor((width.value - PADDING + CELL - 128) / CELL));
  const total = Math.max(1, knownJob(id).total.value);
  const lines = Array.from({ length: Math.ceil(total / fits) }, (_, at) => ({ key: `line-${id}-${at}`, job: id, from: at * fits, count: fits, last: (at + 1) * fits >= total }));
  return [{ key: `job-${id}`, job: id, place, line: true }, ...lines];
}

function unreadItems(section) {
  const unread = section.complete.value ? 0 : Math.min(UNREAD, section.total.value - section.ids.value.length);
  return Array.from({ length: Math.max(0, unread) }, (_, at) => ({ key: `${section.name}-${at}`, unread: section }));
}

const heightOf = computed(() => {
  const narrow = width.value < NARROW_WIDTH;
  const row = narrow ? NARROW_ROW : ROW;
  const unread = density.value === "rows" ? row : LINE + CELLS + GAP;
  return (item) => {
    if (item.row) return row;
    if (item.prompt || item.more) return narrow ? NARROW_RENDER : ROW;
    if (item.strip) return LINE + CELLS + GAP;
    if (item.line) return LINE;
    if (item.causes) return CAUSES;
    if (item.from !== undefined) return item.last ? CELLS + GAP : CELLS;
    return item.unread ? unread : HEAD;
  };
});

/** The jobs of the list as numbers in text, from top to bottom. */
setOrder(() => items.peek().flatMap((item) => (item.key.startsWith("job-") ? [String(item.job)] : [])));

/** Where each job that comes next stands in the list. */
export function placesOfNext() {
  const all = items.peek();
  const offsets = offsetsOf(all, heightOf.peek());
  const places = [];
  all.forEach((item, at) => {
    if (item.place) places.push({ id: item.job, top: offsets[at], bottom: offsets[at + 1] });
    else if (item.job && places.at(-1)?.id === item.job) places.at(-1).bottom = offsets[at + 1];
  });
  return places;
}

export function setDensity(name) {
  density.value = name;
  unfolded.value = new Map();
  remember("density", name);
}

function fold(name) {
  const rest = new Set(folded.peek());
  if (!rest.delete(name)) rest.add(name);
  folded.value = rest;
  remember("folded", [...rest].filter((key) => key !== "needs-all"));
}

/** Move the keyboard one job down or up, and scroll to it. */
export function step(by) {
  const all = items.peek();
  const jobs = all.flatMap((item, at) => (item.key.startsWith("job-") ? [at] : []));
  if (!jobs.length) return false;
  const at = jobs.findIndex((index) => all[index].job === current.peek());
  const to = jobs[at < 0 ? 0 : Math.max(0, Math.min(jobs.length - 1, at + by))];
  reveal(all[to].job);
  return true;
}

/** Bring a job into view and give it the keyboard. */
export function reveal(id) {
  current.value = id;
  const all = items.peek();
  const at = all.findIndex((item) => item.key === `job-${id}`);
  const list = document.querySelector(".windowed");
  if (at < 0 || !list) return;
  const offsets = offsetsOf(all, heightOf.peek());
  scrollToRow(list, offsets[at], offsets[at + 1], document.querySelector(".top")?.offsetHeight ?? 0);
  // What was not drawn yet, or moves, is there in the next frame.
  focusJob(id);
  requestAnimationFrame(() => focusJob(id));
}

/** Unless the keyboard is in its row already, or went on to another. */
function focusJob(id) {
  const row = document.querySelector(`[data-job="${id}"]`);
  if (current.peek() === id && row && !row.contains(document.activeElement)) row.querySelector(".job-name").focus({ preventScroll: true });
}

/** `above` the list lies what is being made. */
export function QueueView({ above = null }) {
  const box = useRef(null);
  const { state, workflow, q, archived } = filter.value;
  useEffect(() => {
    if (ready.peek()) readLists({ fresh: true }).catch(() => undefined);
  }, [state.join(), workflow, q, archived]);
  useEffect(() => {
    const size = new ResizeObserver(([entry]) => {
      width.value = entry.contentRect.width;
    });
    size.observe(box.current);
    return () => size.disconnect();
  }, []);
  const seen = (shown) => shown.findLast((item) => item.unread)?.unread.more();
  return html`<div class="queue" ref=${box} data-density=${density.value} data-narrow=${width.value < NARROW_WIDTH ? "" : undefined}>
    <h1 class="hidden">Queue</h1>
    <${NowBar} />
    <div class="filter-place"><${FilterBar} onDensity=${setDensity} /></div>
    ${above}
    ${ready.value && !items.value.length && !above && html`<${Nothing} />`}
    <${WindowedList}
      items=${items.value} heightOf=${heightOf.value} renderRow=${drawItem} isChosen=${isChosen} label="Jobs" onSeen=${seen}
      keep=${current.value === null ? null : `job-${current.value}`}
    />
    ${selectedCount.value > 0 && html`<${SelectionBar} />`}
  </div>`;
}

/** Tab comes to one job of the list: where the keyboard was last, or the first. */
const tabStop = computed(() => (items.value.some((item) => item.job === current.value) ? current.value : items.value.find((item) => item.job)?.job));
const isTabbable = (id) => tabStop.value === id;

/** Of what can be selected, whether it is. */
const isChosen = (item) => (item.job && item.key.startsWith("job-") ? (isSelected(String(item.job)) ? "true" : "false") : undefined);

function drawItem(item) {
  if (item.causes) return html`<${Causes} />`;
  if (item.title) return html`<${Head} item=${item} />`;
  if (item.hidden) return html`<div class="list-more"><button type="button" class="quiet" onClick=${() => fold("needs-all")}>Show ${number(item.hidden)} more</button></div>`;
  if (item.row || item.prompt || item.more) return html`<${RowItem} item=${item} current=${current} tabbable=${isTabbable(item.job)} />`;
  const job = item.job && knownJob(item.job);
  if (!job) return html`<div class="job-block skeleton" aria-hidden="true"><span class="bone"></span></div>`;
  const inner = width.value - PADDING;
  const tabbable = isTabbable(job.id);
  if (item.from !== undefined) return html`<div class="job-block" data-line><${Strip} job=${job} from=${item.from} count=${item.count} width=${inner} tabbable=${tabbable && !item.from} /></div>`;
  return html`<div
    class="job-block" data-job=${job.id} data-state=${job.state.value} data-open=${openJob.value === job.id ? "" : undefined} data-current=${current.value === job.id ? "" : undefined}
    data-selected=${isSelected(String(job.id)) ? "" : undefined} onFocusIn=${() => (current.value = job.id)}
  >
    <${JobLine} job=${job} place=${item.place} tabbable=${tabbable} />
    ${item.strip && html`<${Strip} job=${job} width=${inner} tabbable=${tabbable} />`}
  </div>`;
}

function Head({ item }) {
  const open = !folded.value.has(item.key);
  return html`<div class="section-head" data-section=${item.key}>
    <h2>
      <button type="button" class="quiet" aria-expanded=${open ? "true" : "false"} onClick=${() => fold(item.key)}>
        <${Icon} name="chevron" />${item.title}${item.total > 0 && html`<span class="num dim">${number(item.total)}</span>`}
      </button>
    </h2>
  </div>`;
}
