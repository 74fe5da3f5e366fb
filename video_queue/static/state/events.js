// What each event means for the store. State and counts come with the event; everything else that changed is read
// again a little later and together, so that a hundred events a second cost a few requests.
import { batch } from "@preact/signals";
import { api } from "../lib/api.js";
import { place, readCounts, readLists, takeOut } from "./lists.js";
import { openJob } from "../lib/router.js";
import { paced, soon } from "../lib/soon.js";
import * as store from "./store.js";

const MANY = 12;
const SOON = 150;
const LATER = 1000;
const ESTIMATES = 3000;

const stale = new Set();

/** Few jobs are read one by one; for many the first pages are read again, at most once a second. */
let pace = SOON;

async function readStale() {
  const ids = [...stale];
  stale.clear();
  pace = ids.length > MANY ? LATER : SOON;
  await (ids.length > MANY ? readLists() : Promise.all(ids.map(readJob)));
}

/** Read one job and put it where it belongs in the lists. @param {number} id */
export async function readJob(id) {
  const live = store.keepJob(await api.job(id));
  place(live);
  return live;
}

/** @param {number} id */
function rereadSoon(id) {
  stale.add(id);
  soon("jobs", readStale, pace);
}

/** @param {Page.Event} event */
function jobChanged(event) {
  const live = store.knownJob(event.job_id);
  const { state, counts } = event.data;
  if (live && counts) live.setCounts(counts);
  const moved = live && state && live.state.peek() !== state;
  if (moved) {
    live.state.value = state;
    place(live);
  }
  if (moved || !live || !state) rereadSoon(event.job_id);
  if (moved || !live) soon("counts", readCounts, 400);
}

/** @param {Page.Event} event */
function jobDeleted(event) {
  takeOut(event.job_id);
  store.dropJob(event.job_id);
  soon("counts", readCounts, 400);
}

/** @param {Page.Event} event */
function progressed(event) {
  const live = store.liveRender(event.prompt_id);
  live.phase.value = event.data.phase;
  live.progress.value = event.data.progress;
  live.message.value = event.data.message;
}

const queueChanged = () => paced("queue", store.readQueue, 300);

/** The server estimates the active jobs again with every render; reading them every few seconds is enough. @param {Page.Event} event */
function renderEnded(event) {
  queueChanged();
  // A render that ends while its job does not run was cancelled: nothing else says what became of the job.
  if (event.type === "prompt.finished" && store.knownJob(event.job_id)?.state.peek() !== "running") rereadSoon(event.job_id);
  const ids = new Set((store.queue.peek()?.running ?? []).map((prompt) => prompt.job_id));
  soon("estimates", () => ids.forEach(rereadSoon), ESTIMATES);
}

function comfyChanged() {
  queueChanged();
  store.comfyEvents.value += 1;
}

/** @param {Page.Event} event */
function notified(event) {
  store.latestNotification.value = event;
  store.notificationEvents.value += 1;
  soon("unread", store.readUnread);
}

function watchChanged() {
  store.watchEvents.value += 1;
}

const EFFECTS = {
  "job.created": jobChanged,
  "job.updated": jobChanged,
  "job.started": jobChanged,
  "job.finished": jobChanged,
  "job.deleted": jobDeleted,
  "prompt.started": queueChanged,
  "prompt.phase_finished": renderEnded,
  "prompt.retrying": queueChanged,
  "prompt.finished": renderEnded,
  "prompt.review": queueChanged,
  "prompt.progress": progressed,
  "queue.paused": queueChanged,
  "queue.resumed": queueChanged,
  "lane.waiting": queueChanged,
  "lane.running": queueChanged,
  "when_done.countdown": queueChanged,
  "when_done.cancelled": queueChanged,
  "when_done.started": queueChanged,
  "when_done.failed": queueChanged,
  notification: notified,
  "watch.added": watchChanged,
  "watch.changed": watchChanged,
  "watch.removed": watchChanged,
  "watch.files": watchChanged,
  "comfy.connected": comfyChanged,
  "comfy.disconnected": comfyChanged,
  "comfy.process": comfyChanged,
};

/** @param {Page.Event[]} events */
export function applyEvents(events) {
  batch(() => {
    for (const event of events) {
      EFFECTS[event.type]?.(event);
      if (event.id !== null && event.job_id === openJob.peek()) store.openJobChanged();
    }
  });
}

/** Read everything: at the start, and when the server no longer has the events that were missed. */
export async function readEverything() {
  await Promise.all([store.readQueue(), readLists()]);
  store.openJobChanged();
  // What the first screen can wait for: the server would be busy with it.
  await Promise.all([store.readWorkflows(), store.readUnread()]);
}
