// What the page does besides showing: keys (by their names in the table of lib/keyboard.js), drops, the title. Fetched
// right after the first screen is drawn.
import { effect } from "@preact/signals";
import { actOnQueue, canDo, doToJob } from "./jobs/actions.js";
import { percent } from "./lib/format.js";
import { onKeys } from "./lib/keyboard.js";
import { go, newHref, openJob, queueHref, route } from "./lib/router.js";
import { dropped } from "./state/dropped.js";
import { helpShown, knownJob, queue, renderProgress } from "./state/store.js";
import { openAfterAbsence } from "./state/absence.js";
import "./jobs/strips.js"; // so that it is there when the server is not
import { sheet } from "./ui/lazy.js";
import { undoLatest } from "./ui/toasts.js";
import { toggle } from "./state/unfolded.js";
import { current, setDensity, step } from "./views/queue.js";

void sheet("later");
openAfterAbsence();
void import("./ui/scrub_over.js");

function atJob(work) {
  const job = knownJob(current.peek() ?? openJob.peek());
  return job ? work(job) : false;
}

const ACTS = {
  goQueue: () => go(queueHref()),
  goNew: () => go(newHref()),
  goWorkflows: () => go("#/workflows"),
  goWatches: () => go("#/watches"),
  goInbox: () => go("#/inbox"),
  goNight: () => go("#/night"),
  goSystem: () => go("#/system"),
  focusFilter: () => {
    const focus = () => document.getElementById("filter")?.focus();
    if (["queue", "jobs"].includes(route.peek().view)) focus();
    else {
      go(queueHref());
      requestAnimationFrame(() => requestAnimationFrame(focus));
    }
  },
  nextJob: () => step(1),
  previousJob: () => step(-1),
  density: (name) => setDensity(name),
  expandJob: () => atJob((job) => toggle(job.id)),
  job: (name) => atJob((job) => (canDo(job, name) ? void doToJob(job, name) : false)),
  holdJob: () => atJob((job) => void doToJob(job, job.held.peek() ? "release" : "hold")),
  pause: () => void actOnQueue(queue.peek()?.state === "running" ? "pause" : "resume", "after_current"),
  help: () => {
    helpShown.value = true;
  },
  undo: undoLatest,
  close: () => {
    if (document.querySelector("dialog[open]") || openJob.peek() === null) return false;
    go(queueHref());
    return true;
  },
};

/** From now on; `pressed` are the events that came before. */
export const actOnKeys = (pressed) => onKeys(ACTS, pressed);

// --- the title shows the progress of the active render

effect(() => {
  const view = queue.value;
  const [first] = view?.running ?? [];
  const paused = view && view.state !== "running" ? "Paused · " : "";
  document.title = `${paused}${first ? `${percent(renderProgress(first))} · ` : ""}video_queue`;
});

// --- files dropped anywhere begin a new job; an output of ours gives its settings

export async function takeFiles(files) {
  if (files.length === 1 && (await (await import("./forms/restore.js")).restoreFile(files[0]))) return;
  dropped.value = [...dropped.peek(), ...files];
  go(newHref());
}
