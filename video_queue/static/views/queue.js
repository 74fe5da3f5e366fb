// The queue as one list: what needs the artist, what runs, what comes, and what was made by day. Three densities: rows,
// a strip of pictures for each job, or all pictures as a sheet. Only what is in view is drawn.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { JobLine, Strip } from "../jobs/job_strip.js";
import { NowBar } from "../jobs/now_bar.js";
import { number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { remember } from "../lib/remembered.js";
import { filter, openJob } from "../lib/router.js";
import { types } from "../lib/typing.js";
import { readLists, ready } from "../state/lists.js";
import { isSelected, selectedCount } from "../state/selection.js";
import { density, knownJob } from "../state/store.js";
import { inner, picture, width } from "../state/table.js";
import { fold, folded, heightOf, idsOf, items, NARROW_WIDTH } from "../state/table_rows.js";
import { unfolded } from "../state/unfolded.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { offsetsOf, scrollToRow, WindowedList } from "../ui/windowed_list.js";

const FilterBar = lazyPart(() => import("../jobs/filter_bar.js").then((module) => module.FilterBar));
const RowItem = lazyPart(() => import("../jobs/rows.js").then((module) => module.RowItem), "rows");
const Causes = lazyPart(() => import("../jobs/causes.js").then((module) => module.Causes), "order");
const SelectionBar = lazyPart(() => import("../jobs/selection_bar.js").then((module) => module.SelectionBar), "order");
const Nothing = lazyPart(() => import("./nothing.js").then((module) => module.Nothing), "later");

/** The job that has, or last had, the keyboard. */
export const current = signal(null);

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

/** Move the keyboard one job down or up, and scroll to it. */
export function step(by) {
  const all = items.peek();
  const jobs = all.flatMap(idsOf);
  if (!jobs.length) return false;
  const at = jobs.indexOf(current.peek());
  reveal(jobs[at < 0 ? 0 : Math.max(0, Math.min(jobs.length - 1, at + by))]);
  return true;
}

/** Bring a job into view and give it the keyboard. */
export function reveal(id) {
  current.value = id;
  const all = items.peek();
  const at = all.findIndex((item) => idsOf(item).includes(id));
  const list = document.querySelector(".windowed");
  if (at < 0 || !list) return;
  const offsets = offsetsOf(all, heightOf.peek());
  scrollToRow(list, offsets[at], offsets[at + 1], document.querySelector(".top")?.offsetHeight ?? 0);
  // What was not drawn yet, or moves, is there in the next frame.
  focusJob(id);
  requestAnimationFrame(() => focusJob(id));
}

/** Unless the keyboard is in its row already, or went on to another, or to where one types. */
function focusJob(id) {
  const row = document.querySelector(`[data-job="${id}"]`);
  const at = document.activeElement;
  if (current.peek() === id && row && !row.contains(at) && !types(at)) row.querySelector(".job-name")?.focus({ preventScroll: true });
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
  return html`<div class="queue" ref=${box} data-density=${density.value} style=${{ "--picture": `${picture.value.width}px` }} data-narrow=${width.value < NARROW_WIDTH ? "" : undefined}>
    <h1 class="hidden">Queue</h1>
    <${NowBar} />
    <div class="filter-place"><${FilterBar} onDensity=${setDensity} /></div>
    ${above}
    ${ready.value && !items.value.length && !above && html`<${Nothing} />`}
    <${WindowedList}
      items=${items.value} heightOf=${heightOf.value} renderRow=${drawItem} isChosen=${isChosen} label="Jobs" onSeen=${seen}
      keep=${current.value === null ? null : items.value.find((item) => idsOf(item).includes(current.value))?.key}
    />
    ${selectedCount.value > 0 && html`<${SelectionBar} />`}
  </div>`;
}

/** Tab comes to one job of the list: where the keyboard was last, or the first. */
const tabStop = computed(() => (items.value.some((item) => idsOf(item).includes(current.value)) ? current.value : items.value.flatMap(idsOf)[0]));
const isTabbable = (id) => tabStop.value === id;

/** Of what can be selected, whether it is. */
const chosen = (id) => (isSelected(String(id)) ? "true" : "false");
const isChosen = (item) => (!item.jobs && item.job && item.key.startsWith("job-") ? chosen(item.job) : undefined);

function drawItem(item) {
  if (item.causes) return html`<${Causes} />`;
  if (item.title) return html`<${Head} item=${item} />`;
  if (item.hidden) return html`<div class="list-more"><button type="button" class="quiet" onClick=${() => fold("needs-all")}>Show ${number(item.hidden)} more</button></div>`;
  if (item.row || item.prompt || item.more) return html`<${RowItem} item=${item} current=${current} tabbable=${isTabbable(item.job)} />`;
  if (item.unread) return html`<div class="table-row skeleton" aria-hidden="true"><span class="bone"></span></div>`;
  if (item.from !== undefined) return html`<div class="table-row" data-line><${Strip} job=${knownJob(item.job)} from=${item.from} count=${item.count} width=${inner.value} tabbable=${isTabbable(item.job) && !item.from} /></div>`;
  if (item.line) return html`<div class="table-row"><${Block} id=${item.job} place=${item.place} left=${0} width=${inner.value} line /></div>`;
  return html`<div class="table-row">${item.jobs.map((job) => html`<${Block} key=${job.id} ...${job} role="gridcell" />`)}</div>`;
}

/** A job: its words, and below them its pictures where they are not in rows of their own. */
function Block({ id, place, left, width: wide, line, role }) {
  const job = knownJob(id);
  if (!job) return null;
  const tabbable = isTabbable(id);
  return html`<div
    class="job-block" role=${role} aria-selected=${role && chosen(id)} data-job=${id} data-state=${job.state.value} data-open=${openJob.value === id ? "" : undefined}
    data-current=${current.value === id ? "" : undefined} data-selected=${isSelected(String(id)) ? "" : undefined}
    style=${{ transform: `translateX(${left}px)`, width: `${wide}px` }} onFocusIn=${() => (current.value = id)}
  >
    <${JobLine} job=${job} place=${place} tabbable=${tabbable} />
    ${!line && html`<${Strip} job=${job} width=${wide} tabbable=${tabbable} />`}
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
