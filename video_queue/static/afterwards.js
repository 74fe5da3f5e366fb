// What the page does besides showing: keys (by their names in the table of lib/keyboard.js), drops, the title. Fetched
// right after the first screen is drawn.
import { effect } from "@preact/signals";
import { actOnQueue, canDo, doToJob, review } from "./jobs/actions.js";
import { percent } from "./lib/format.js";
import { onKeys } from "./lib/keyboard.js";
import { go, newHref, openJob, queueHref, route } from "./lib/router.js";
import { helpShown, knownJob, queue, renderProgress } from "./state/store.js";
import { whileTaking } from "./state/dropped.js";
import { openAfterAbsence } from "./state/absence.js";
import { followAlerts } from "./state/alerts.js";
import { showInTab } from "./state/favicon.js";
import { clearSelection, pickOne, selectedCount } from "./state/selection.js";
import { sheet } from "./ui/lazy.js";
import { toastError, undoLatest } from "./ui/toasts.js";
import { toggle } from "./state/unfolded.js";
import { acrossRow, followFocus } from "./views/focus.js";
import { current, placesOfNext, setDensity, step } from "./views/queue.js";

void sheet("later");
openAfterAbsence();
void import("./views/order.js").then(({ startDragging }) => startDragging(placesOfNext), () => undefined);
followAlerts();
void import("./ui/scrub_over.js");

const inList = () => ["queue", "jobs"].includes(route.peek().view);

function atJob(work) {
  const job = knownJob(current.peek() ?? openJob.peek());
  return job ? work(job) : false;
}

/** The job or render that the keyboard is at, or else the pointer rests on. */
let under = null;
addEventListener("pointerover", (event) => (under = event.target), { passive: true });
function nameAtHand() {
  const at = [document.activeElement, under].map((element) => element?.closest?.("[data-render], [data-job]")).find(Boolean);
  return at ? (at.dataset.render ?? at.dataset.job) : current.peek() && String(current.peek());
}

/** To what is selected, or to the job at hand where nothing is. */
function toSelection(name, options, work) {
  if (!selectedCount.peek()) return work();
  return void import("./jobs/many.js").then(({ actOnSelection }) => actOnSelection(name, options), toastError);
}

const moveKey = (toEnd) => (_, event) => {
  const by = event.key === "ArrowUp" ? -1 : 1;
  import("./views/order.js").then(({ moveStep }) => moveStep(by, toEnd), toastError);
};

// A click with Shift selects all from the last that was selected; elsewhere a link does what links do.
addEventListener("click", (event) => {
  const link = event.shiftKey && event.target instanceof Element && event.target.closest(".windowed a");
  const at = link && link.closest("[data-render], [data-job]");
  if (!at) return;
  event.preventDefault();
  event.stopPropagation();
  getSelection()?.removeAllRanges();
  pickOne(at.dataset.render ?? at.dataset.job, true);
}, { capture: true });

const ACTS = {
  goQueue: () => go(queueHref()),
  goNew: () => go(newHref()),
  goWorkflows: () => go("#/workflows"),
  goWatches: () => go("#/watches"),
  goInbox: () => go("#/inbox"),
  goNight: () => go("#/night"),
  goSystem: () => go("#/system"),
  // Of the job one is at, where it has any.
  review: () => void review(atJob((job) => (job.counts.peek().review ? job.id : undefined)) || undefined),
  focusFilter: () => {
    const focus = () => document.getElementById("filter")?.focus();
    if (inList()) focus();
    else {
      go(queueHref());
      requestAnimationFrame(() => requestAnimationFrame(focus));
    }
  },
  nextJob: () => step(1),
  previousJob: () => step(-1),
  density: (name) => setDensity(name),
  acrossRow: (_, { key, target }) => acrossRow(key === "ArrowRight" ? 1 : -1, target),
  expandJob: () => atJob((job) => toggle(job.id)),
  job: (name) => toSelection(name, name === "move" ? { to: "top" } : {}, () => atJob((job) => (canDo(job, name) ? void doToJob(job, name) : false))),
  holdJob: () => toSelection("hold", {}, () => atJob((job) => void doToJob(job, job.held.peek() ? "release" : "hold"))),
  select: () => {
    const name = nameAtHand();
    return name ? pickOne(name, false) : false;
  },
  selectAll: () => {
    if (!inList()) return false;
    return void import("./jobs/many.js").then(({ selectWhole }) => selectWhole()).catch(toastError);
  },
  moveStep: moveKey(false),
  moveEnd: moveKey(true),
  moveTo: () => void import("./jobs/place.js").then(({ askForPlace }) => askForPlace(current.peek()), toastError),
  pause: () => void actOnQueue(queue.peek()?.state === "running" ? "pause" : "resume", "after_current"),
  help: () => {
    helpShown.value = true;
  },
  undo: undoLatest,
  close: () => {
    if (document.querySelector("dialog[open]")) return false;
    if (clearSelection()) return true;
    if (openJob.peek() === null) return false;
    go(queueHref());
    return true;
  },
};

/** From now on; `pressed` are the events that came before. */
export const actOnKeys = (pressed) => onKeys(ACTS, pressed);

followFocus();

// --- title and icon of the tab show the progress of the active render

effect(() => {
  const view = queue.value;
  const [first] = view?.running ?? [];
  const paused = view && view.state !== "running" ? "Paused · " : "";
  showInTab(first ? renderProgress(first) : null);
  document.title = `${paused}${first ? `${percent(renderProgress(first))} · ` : ""}video_queue`;
});

// --- what is dropped anywhere

export const takeDrop = (items) =>
  whileTaking(() => import("./forms/take_drop.js").then((module) => module.takeDrop(items))).catch(toastError);

// Where a drop would be taken: anywhere. The events bubble up from whatever is under the pointer, so they are counted.
let inside = 0;
const drag = (by) => (event) => {
  inside = by && event.dataTransfer?.types.includes("Files") ? Math.max(0, inside + by) : 0;
  document.documentElement.toggleAttribute("data-dropping", inside > 0);
};
for (const [name, by] of Object.entries({ dragenter: 1, dragleave: -1, drop: 0 })) addEventListener(name, drag(by), { capture: true });
