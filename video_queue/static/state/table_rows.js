// What the queue shows from top to bottom: headings, rows of jobs, lines of pictures, and jobs that are not read yet.
import { computed, signal } from "@preact/signals";
import { recall, remember } from "../lib/remembered.js";
import { dayOf } from "./days.js";
import { leaving, sections } from "./lists.js";
import { setOrder } from "./selection.js";
import { counts, density, knownJob, now } from "./store.js";
import { inner, inRows, perRow, picture, width } from "./table.js";
import { unfolded } from "./unfolded.js";

const HEAD = 40;
const LINE = 36;
const GAP = 8;
const CAUSES = 44;
/** Rows of the wide and of the narrow list, where a job takes two lines. */
const ROW = 40;
const NARROW_ROW = 64;
const NARROW_RENDER = 48;
export const NARROW_WIDTH = 640;
const UNREAD = 2000;
/** So many failed jobs and reviews stand before what runs; the others unfold. */
const NEEDS = 6;

export const folded = signal(new Set(recall("folded", [])));
const day = computed(() => Math.floor(now.value / 600) * 600);

export const items = computed(() =>
  sections.flatMap((section) => {
    if (!section.total.value) return [];
    if (section.name === "ended") return endedItems(section);
    const head = { key: section.name, title: section.title, total: section.total.value };
    if (folded.value.has(section.name)) return [head];
    const ids = section.ids.value.filter((id) => !leaving.value.has(id));
    const shown = section.name === "needs" && !folded.value.has("needs-all") ? ids.slice(0, NEEDS) : ids;
    const hidden = section.total.value - shown.length;
    const jobs = jobItems(shown.map((id, at) => ({ id, place: section.name === "next" ? at + 1 : 0 })));
    if (section.name === "needs" && counts.value.failed + counts.value.partial > 1) jobs.unshift({ key: "causes", causes: true });
    if (shown !== ids && hidden > 0) return [head, ...jobs, { key: "needs-all", hidden }];
    return [head, ...jobs, ...unreadItems(section)];
  }),
);

function endedItems(section) {
  const all = [];
  const days = new Map();
  for (const id of section.ids.value) {
    if (leaving.value.has(id)) continue;
    const { finished_at: at, created_at: created } = knownJob(id).row.value;
    const title = dayOf(at ?? created, day.value);
    if (!days.has(title)) days.set(title, []);
    days.get(title).push({ id, place: 0 });
  }
  for (const [title, jobs] of days) {
    all.push({ key: `day-${title}`, title });
    if (!folded.value.has(`day-${title}`)) all.push(...jobItems(jobs));
  }
  return [...all, ...unreadItems(section)];
}

/** The rows of jobs `{id, place}`: one each, or in strips as many as fit side by side. What has a place is moved up and down. */
function jobItems(jobs) {
  if (density.value === "rows") return jobs.flatMap(rowItems);
  if (density.value === "sheet") return jobs.flatMap(sheetItems);
  const all = [];
  /** @type {any[]} */
  let beside = [];
  const lay = () => {
    all.push(...inRows(beside).map((row) => ({ key: `row-${row[0].id}`, jobs: row })));
    beside = [];
  };
  for (const { id, place } of jobs) {
    if (unfolded.value.has(id)) {
      lay();
      all.push(...sheetItems({ id, place }));
    } else if (place) all.push({ key: `job-${id}`, job: id, place, jobs: [{ id, place, left: 0, width: inner.value }] });
    else beside.push({ id, place, total: knownJob(id).total.value });
  }
  lay();
  return all;
}

function rowItems({ id, place }) {
  const renders = unfolded.value.get(id);
  const rows = (renders?.prompts ?? []).map((prompt) => ({ key: `render-${prompt.id}`, prompt, job: id }));
  return [{ key: `job-${id}`, job: id, place, row: true }, ...rows, ...(renders?.more ? [{ key: `more-${id}`, more: id }] : [])];
}

function sheetItems({ id, place }) {
  const fits = Math.max(1, Math.floor((inner.value + 4) / picture.value.step));
  const total = Math.max(1, knownJob(id).total.value);
  const lines = Array.from({ length: Math.ceil(total / fits) }, (_, at) => ({ key: `line-${id}-${at}`, job: id, from: at * fits, count: fits, last: (at + 1) * fits >= total }));
  return [{ key: `job-${id}`, job: id, place, line: true }, ...lines];
}

function unreadItems(section) {
  const jobs = section.complete.value ? 0 : Math.min(UNREAD, section.total.value - section.ids.value.length);
  const unread = density.value === "strips" && section.name !== "next" ? Math.ceil(jobs / perRow.value) : jobs;
  return Array.from({ length: Math.max(0, unread) }, (_, at) => ({ key: `${section.name}-${at}`, unread: section }));
}

export const heightOf = computed(() => {
  const narrow = width.value < NARROW_WIDTH;
  const row = narrow ? NARROW_ROW : ROW;
  const cells = picture.value.height + 4;
  const unread = density.value === "rows" ? row : LINE + cells + GAP;
  return (item) => {
    if (item.row) return row;
    if (item.prompt || item.more) return narrow ? NARROW_RENDER : ROW;
    if (item.jobs) return LINE + cells + GAP;
    if (item.line) return LINE;
    if (item.causes) return CAUSES;
    if (item.from !== undefined) return item.last ? cells + GAP : cells;
    return item.unread ? unread : HEAD;
  };
});

/** The jobs that begin in a row of the list. */
export const idsOf = (item) => item.jobs?.map(({ id }) => id) ?? (item.key === `job-${item.job}` ? [item.job] : []);

/** The jobs of the list as numbers in text, from top to bottom. */
setOrder(() => items.peek().flatMap((item) => idsOf(item).map(String)));

export function fold(name) {
  const rest = new Set(folded.peek());
  if (!rest.delete(name)) rest.add(name);
  folded.value = rest;
  remember("folded", [...rest].filter((key) => key !== "needs-all"));
}
