// The one store: a signal for each live field, written by the functions below only. All of it copies the server's rows.
import { batch, computed, signal } from "@preact/signals";
import { api } from "../lib/api.js";
import { recall } from "../lib/remembered.js";

/** "connecting", "open" or "lost". */
export const connection = signal("connecting");
/** Whether the server wants its token from this browser. */
export const needsToken = signal(false);
/** The QueueView of GET /queue, and when it was read. @type {Signal<(Api.QueueView & {readAt: number}) | null>} */
export const queue = signal(null);
/** Jobs that match the filter, by state. @type {Signal<any>} */
export const counts = signal(null);
/** @type {Signal<Api.WorkflowInfo[] | null>} */
export const workflows = signal(null);
/** Seconds since the epoch; ticks once a second while the page is seen. */
export const now = signal(Date.now() / 1000);
/** The version in the server's hello; a new one asks for a reload. */
export const serverVersion = signal(null);
/** Notifications that were not read. */
export const unread = signal(0);
/** The render that was picked on the table, `{job, index}`: its job opens with it. */
export const chosenRender = signal(null);
/** How the queue is shown: "rows", "strips" or "sheet". */
export const density = signal(recall("density", "strips"));
/** What the artist is asked now, see ui/ask.js. */
export const question = signal(null);
/** Whether the help sheet is open. */
export const helpShown = signal(false);
/** Counters of events: of the open job, of watch folders, of ComfyUI, of notifications. Their views read again. */
export const openJobEvents = signal(0);
export const watchEvents = signal(0);
export const comfyEvents = signal(0);
export const notificationEvents = signal(0);
/** The newest notification, as its event. */
export const latestNotification = signal(null);

setInterval(() => {
  // Clocks stand still while the server is away: what they would say is not known.
  if (!document.hidden && connection.peek() !== "lost") now.value = Date.now() / 1000;
}, 1000);

export function setConnection(state, version = serverVersion.peek()) {
  connection.value = state;
  serverVersion.value = version;
}

/** A refused socket has no reason, so a plain request finds out whether the token is missing. */
export async function checkToken() {
  const error = await api.health().then(() => null, (refusal) => refusal);
  needsToken.value = error?.status === 401;
}

export function setCounts(fresh) {
  counts.value = fresh;
}

export function openJobChanged() {
  openJobEvents.value += 1;
}

export async function readUnread() {
  unread.value = (await api.notifications({ unread: true, limit: 1 })).unread;
}

// --- jobs

/** @type {Map<number, LiveJob>} */
const jobs = new Map();
/** Goes up when a job becomes known, for views that show one which is not yet. */
const arrivals = signal(0);

export class LiveJob {
  /** @param {Api.Job} job */
  constructor(job) {
    this.id = job.id;
    this.row = signal(job);
    this.state = signal(job.state);
    this.counts = signal(job.counts);
    this.held = signal(job.held);
    this.readAt = Date.now() / 1000;
    /** Its renders as small pictures, by place; those beyond what was read are missing. */
    /** @type {Signal<Api.Cell[]>} */
    this.cells = signal([]);
    this.keepCells(0, job.cells);
    this.total = computed(() => Object.values(this.counts.value).reduce((sum, n) => sum + n, 0));
    this.progress = computed(() => {
      const { succeeded, failed, cancelled } = this.counts.value;
      const running = runningFraction(this.id);
      return this.total.value ? Math.min(1, (succeeded + failed + cancelled + running) / this.total.value) : 0;
    });
  }

  /** @param {Api.Job} job */
  set(job) {
    this.readAt = Date.now() / 1000;
    batch(() => {
      this.row.value = job;
      this.state.value = job.state;
      this.held.value = job.held;
      this.setCounts(job.counts);
      this.keepCells(0, job.cells);
    });
  }

  keepCells(first, fresh = []) {
    if (!fresh.length) return;
    const cells = [...this.cells.peek()];
    fresh.forEach((cell, at) => {
      const old = cells[first + at];
      const same = old && Object.keys(cell).every((key) => cell[key] === old[key]);
      if (!same) cells[first + at] = cell;
    });
    this.cells.value = cells;
  }

  setCounts(fresh) {
    const old = this.counts.peek();
    const same = Object.keys(fresh).every((state) => fresh[state] === old[state]);
    if (!same) this.counts.value = { ...old, ...fresh };
  }
}

/**
 * The live job, if it was read; a view that asked too early is drawn again when it is.
 * @param {number} id
 * @returns {any}
 */
export function knownJob(id) {
  if (!jobs.has(id)) void arrivals.value;
  return jobs.get(id);
}

/** Keep a job as the server sent it; returns the live job. @param {Api.Job} job */
export function keepJob(job) {
  const known = jobs.get(job.id);
  if (known) {
    known.set(job);
    return known;
  }
  const fresh = new LiveJob(job);
  jobs.set(job.id, fresh);
  arrivals.value += 1;
  return fresh;
}

export function dropJob(id) {
  jobs.delete(id);
}

/** [low, high] seconds of work left in a job, as estimated when it was read and counted down since; or null. @param {LiveJob} job */
export function workLeft(job) {
  const { eta_range: range, eta_seconds: middle } = job.row.value;
  const [low, high] = range ?? [middle ?? 0, middle ?? 0];
  if (!high) return null;
  const passed = job.state.value === "running" ? Math.max(0, now.value - job.readAt) : 0;
  // An estimate that is used up means nothing any more.
  return high - passed < 1 && passed ? null : [Math.max(1, low - passed), Math.max(1, high - passed)];
}

/** When a job is done, as [low, middle, high] seconds since the epoch; null while that is not known. @param {LiveJob} job */
export function doneAt(job) {
  const { eta_range: range, eta_seconds: middle } = job.row.value;
  if (!middle) return null;
  const [low, high] = range ?? [middle, middle];
  return [low, middle, high].map((seconds) => job.readAt + seconds);
}

// --- renders in progress

const renders = new Map();
const runningOf = new Map();

/** The live fields of a render: `progress` is 0..1 of the phase; `preview` is the address of a picture, or null. */
export function liveRender(id) {
  if (!renders.has(id)) {
    renders.set(id, { phase: signal(null), progress: signal(0), message: signal(""), preview: signal(null) });
  }
  return renders.get(id);
}

/** A render that the worker is busy with, as the queue has it. */
export const runningRender = (id) => queue.value?.running.find((prompt) => prompt.id === id);

export function showPreview(id, picture) {
  const { preview } = liveRender(id);
  const old = preview.peek();
  preview.value = URL.createObjectURL(picture);
  if (old) setTimeout(() => URL.revokeObjectURL(old), 1000);
}

function forgetRender(id) {
  const preview = renders.get(id)?.preview.peek();
  if (preview) setTimeout(() => URL.revokeObjectURL(preview), 1000);
  renders.delete(id);
}

/** The progress of a whole render, 0..1: its phases weighed by what they take of its time. @param {Api.Prompt} prompt */
export function renderProgress(prompt) {
  if (prompt.state !== "running") return prompt.progress;
  const live = liveRender(prompt.id);
  const index = prompt.phases.findIndex((phase) => phase.name === live.phase.value);
  if (index < 0) return prompt.progress;
  const before = prompt.phases.slice(0, index).reduce((sum, phase) => sum + phase.share, 0);
  return Math.min(1, before + prompt.phases[index].share * live.progress.value);
}

function runningFraction(jobId) {
  if (!runningOf.has(jobId)) {
    runningOf.set(
      jobId,
      computed(() => (queue.value?.running ?? []).filter((prompt) => prompt.job_id === jobId)),
    );
  }
  return runningOf.get(jobId).value.reduce((sum, prompt) => sum + renderProgress(prompt), 0);
}

// --- reading

/** Keep a QueueView, and the phase and message of each running render. @param {Api.QueueView} fresh */
export function setQueue(fresh) {
  batch(() => {
    for (const prompt of fresh.running) {
      const live = liveRender(prompt.id);
      const phase = prompt.phases.find(({ name }) => name === prompt.phase);
      if (live.phase.peek() !== prompt.phase) {
        live.phase.value = prompt.phase;
        live.progress.value = phase?.progress ?? 0;
      }
      if (prompt.message) live.message.value = prompt.message;
    }
    const running = new Set(fresh.running.map((prompt) => prompt.id));
    for (const id of [...renders.keys()]) if (!running.has(id)) forgetRender(id);
    queue.value = { ...fresh, readAt: Date.now() / 1000 };
  });
}

export async function readQueue() {
  setQueue(await api.queue());
}

export async function readWorkflows() {
  workflows.value = (await api.workflows()).items;
}

export const workflowTitle = (name) =>
  workflows.value?.find((workflow) => workflow.name === name)?.title || name;
