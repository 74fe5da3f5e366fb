// What each key does, by its name in the table of lib/keyboard.js. Fetched after the first screen is drawn.
import { actOnQueue, canDo, doToJob } from "./jobs/actions.js";
import { onKeys } from "./lib/keyboard.js";
import { go, newHref, openJob, queueHref, route } from "./lib/router.js";
import { helpShown, knownJob, queue } from "./state/store.js";
import { sheet } from "./ui/lazy.js";
import { undoLatest } from "./ui/toasts.js";
import { current, step, toggle } from "./views/queue.js";

void sheet("floating");

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
