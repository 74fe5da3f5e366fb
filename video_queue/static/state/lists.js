// The sections of the queue (what needs the artist, runs, comes, is over): the jobs of each in the server's order, read
// page by page as the list is scrolled.
// An event moves a single job between sections; a search reads the lists again, since the server decides.
import { batch, computed, signal } from "@preact/signals";
import { api } from "../lib/api.js";
import { filter } from "../lib/router.js";
import { soon } from "../lib/soon.js";
import { counts, keepJob, knownJob, setCounts } from "./store.js";
import { FINISHED } from "../lib/words.js";

/** More than a large window shows. */
const PAGE = 60;
const DEEP_PAGE = 250;
const SEARCH = 400;

const OPEN = "~";
/** @type {(a: Api.Job, b: Api.Job) => number} */
const byQueue = (a, b) => b.priority - a.priority || a.position - b.position || a.id - b.id;
/**
 * What has not ended comes first.
 * @param {Api.Job} a
 * @param {Api.Job} b
 */
function byEnd(a, b) {
  const [first, second] = [a.finished_at ?? OPEN, b.finished_at ?? OPEN];
  return Number(second > first) - Number(second < first) || b.id - a.id;
}

/** The filter without its states, as a query. */
function words() {
  const { workflow, q, archived } = filter.peek();
  return { workflow, words: q, archived: archived || undefined };
}

class Section {
  constructor(name, title, states, sort, order) {
    this.name = name;
    this.title = title;
    this.states = states;
    this.sort = sort;
    this.order = order;
    /** @type {Signal<number[]>} */
    this.ids = signal([]);
    this.complete = signal(false);
    this.cursor = null;
    this.reading = null;
    this.total = computed(() => {
      const known = this.ids.value.length;
      if (this.complete.value) return known;
      return Math.max(known, this.wanted().reduce((sum, state) => sum + (counts.value?.[state] ?? 0), 0));
    });
  }

  wanted() {
    const { state } = filter.value;
    return state.length ? this.states.filter((name) => state.includes(name)) : this.states;
  }

  query() {
    return { ...words(), state: filter.peek().state, section: this.name, sort: this.sort };
  }

  /** The first page as it is now; nothing is asked for where the filter leaves the section out. */
  async firstPage() {
    // What is on hold needs the artist in any state.
    if (!this.wanted().length && this.name !== "needs") return { items: [], next_cursor: null };
    return api.jobs({ ...this.query(), limit: PAGE });
  }

  /** Show a first page. What was read beyond it stays, unless `fresh`: then the filter has changed. */
  show(page, fresh) {
    if (fresh || page.next_cursor === null) this.take(page, []);
    else this.renew(page);
  }

  renew(page) {
    const last = page.items.at(-1);
    const fresh = page.items.map((job) => keepJob(job).id);
    const beyond = this.ids.peek().filter((id) => this.order(knownJob(id).row.peek(), last) > 0);
    this.ids.value = [...fresh, ...beyond];
    if (beyond.length) return;
    this.cursor = page.next_cursor;
    this.complete.value = false;
  }

  take(page, before) {
    const known = new Set(before);
    const fresh = page.items.map((job) => keepJob(job).id).filter((id) => !known.has(id));
    this.cursor = page.next_cursor;
    this.ids.value = [...before, ...fresh];
    this.complete.value = page.next_cursor === null;
  }

  /** The next page; many calls at once read it once. */
  more() {
    if (this.complete.peek() || this.cursor === null) return;
    const generation = current;
    const query = { ...this.query(), limit: DEEP_PAGE, cursor: this.cursor };
    this.reading ??= api
      .jobs(query)
      .then((page) => generation === current && batch(() => this.take(page, this.ids.peek())))
      .catch(() => undefined)
      .finally(() => {
        this.reading = null;
      });
  }

  remove(id) {
    const ids = this.ids.peek();
    if (ids.includes(id)) this.ids.value = ids.filter((other) => other !== id);
  }

  insert(job) {
    const ids = this.ids.peek().filter((id) => id !== job.id);
    const index = ids.findIndex((id) => this.order(job, knownJob(id).row.peek()) < 0);
    // Beyond what was read: its page will bring it.
    if (index < 0 && !this.complete.peek()) return;
    ids.splice(index < 0 ? ids.length : index, 0, job.id);
    const same = ids.length === this.ids.peek().length && ids.every((id, at) => id === this.ids.peek()[at]);
    if (!same) this.ids.value = ids;
  }
}

export const sections = [
  new Section("needs", "Needs you", ["review", "failed", "partial"], "ended", byEnd),
  new Section("now", "Now", ["running"], "queue", byQueue),
  new Section("next", "Next", ["queued"], "queue", byQueue),
  new Section("ended", "Finished", ["succeeded", "cancelled"], "ended", byEnd),
];

/** Where a job stands, as the server has it. @param {Api.Job} job */
function sectionOf({ state, held }) {
  if (held && !FINISHED.has(state) && state !== "review") return "needs";
  return sections.find(({ states }) => states.includes(state))?.name;
}

/** Whether the first pages were read. */
export const ready = signal(false);
/** Why the words of the filter cannot be used as they stand; the lists stay as they were then. */
export const refusal = signal(null);
/** Jobs that are about to be removed and can still be brought back. */
export const leaving = signal(new Set());

let current = 0;

/** The first pages are shown together: a job that went from one section to another stands in one of them at any time. */
export async function readLists({ fresh = false } = {}) {
  current += 1;
  const generation = current;
  const [pages, error] = await Promise.all(sections.map((section) => section.firstPage())).then((all) => [all, null], (refused) => [[], refused]);
  if (generation !== current) return;
  if (error && error.status !== 422) throw error;
  batch(() => {
    for (const [at, page] of pages.entries()) {
      if (page.counts) setCounts(page.counts);
      sections[at].show(page, fresh);
    }
    refusal.value = error;
    ready.value = true;
  });
}

/** Put a job where it belongs now. @param {Page.Live} live */
export function place(live) {
  const { workflow, q, archived } = filter.peek();
  if (workflow || q) {
    soon("search", readLists, SEARCH);
    return;
  }
  const job = { ...live.row.peek(), state: live.state.peek(), held: live.held.peek() };
  const { state: states } = filter.peek();
  const name = archived === Boolean(job.archived) && (!states.length || states.includes(job.state)) ? sectionOf(job) : null;
  batch(() => {
    for (const section of sections) {
      if (section.name === name) section.insert(job);
      else section.remove(job.id);
    }
  });
}

export function takeOut(id) {
  batch(() => {
    for (const section of sections) section.remove(id);
  });
}

/** The number of jobs by state, for the filter's buttons and for what is not read yet. */
export async function readCounts() {
  const page = await api.jobs({ ...words(), limit: 1 });
  setCounts(page.counts);
}
