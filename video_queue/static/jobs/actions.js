// How to act on a job or a render: with undo where nothing running is lost, with a question where it is.
import { api } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { readJob } from "../state/events.js";
import { plural } from "../lib/format.js";
import { leaving, place, takeOut } from "../state/lists.js";
import { go, jobHref, newHref, openJob, queueHref } from "../lib/router.js";
import { matrixHref, reviewHref } from "../lib/view_router.js";
import { keepJob, readQueue, setQueue } from "../state/store.js";
import { ACTIONS, actionLabel } from "../lib/action_words.js";
import { ask } from "../ui/ask.js";
import { toast, toastError } from "../ui/toasts.js";
import { actOnMany } from "./many.js";

/**
 * @param {Page.Live} live
 * @param {string} action
 * @param {object} [options]
 */
async function act(live, action, options) {
  const job = await server.actOnJob(live.id, action, options);
  if (action !== "rerun") place(keepJob(job));
  return job;
}

/** @param {Page.Live} live */
const named = (live) => `${live.row.peek().name} (${live.id})`;

/** Do what can be undone: the job stands as before then, its place and its holds too. @param {Page.Live} live */
async function noted(live, action, text, options = {}) {
  await actOnMany({ action, ids: [String(live.id)], ...options }, undefined, text);
  await readJob(live.id);
}

/** @param {Page.Live} live */
async function cancel(live) {
  const { running, succeeded } = live.counts.peek();
  if (running) {
    const kept = succeeded ? ` ${plural(succeeded, "finished render")} and their files stay.` : "";
    const text = `${plural(running, "render")} in progress will be stopped. Undo queues them again, from their beginning.${kept}`;
    if (!(await ask({ title: `Cancel ${named(live)}?`, text, yes: "Cancel the job", no: "Let it run" }))) return;
  }
  await noted(live, "cancel", `Cancelled ${named(live)}`, { keep_work: !running });
}

/** @param {Page.Live} live */
const hold = (live) => noted(live, "hold", `${named(live)} is on hold`);
/** @param {Page.Live} live */
const release = (live) => noted(live, "release", `Released ${named(live)}`);
/** @param {Page.Live} live */
const move = (live) => noted(live, "move", `Moved ${named(live)} to the top`, { to: "top" });
/** @param {Page.Live} live */
const archive = (live) => noted(live, "archive", `Archived ${named(live)}`);

/** @param {Page.Live} live */
async function retry(live) {
  const { failed, cancelled } = live.counts.peek();
  await act(live, "retry", { failed_only: failed > 0 });
  toast({ text: `Trying ${plural(failed || cancelled, "render")} of ${named(live)} again` });
}

/**
 * @param {Page.Live} live
 * @param {object} [options]
 */
async function rerun(live, options) {
  runsAgain(await act(live, "rerun", options));
}

/**
 * Say which job runs again what was run.
 * @param {Api.Job} job
 * @param {string} [hint]
 */
export function runsAgain({ id }, hint) {
  toast({ text: `Runs again as job ${id}`, hint, link: { href: jobHref(id), text: "Open" } });
}

/** The job leaves the list at once and the server a little later, so that undo works. @param {Page.Live} live */
async function remove(live) {
  takeOut(live.id);
  leaving.value = new Set([...leaving.peek(), live.id]);
  if (openJob.peek() === live.id) go(queueHref());
  const stay = () => {
    leaving.value = new Set([...leaving.peek()].filter((id) => id !== live.id));
  };
  const files = live.counts.peek().succeeded;
  toast({
    text: `Removed ${named(live)} from the list${files ? "; its files stay" : ""}`,
    undo: () => {
      stay();
      place(live);
    },
    onGone: () =>
      server
        .actOnJob(live.id, "delete", {}, { keepalive: true })
        .catch(toastError)
        .finally(stay),
  });
}

const HOW = { archive, cancel, hold, release, move, retry, rerun, delete: remove };

/** @param {Page.Live} live */
export function canDo(live, name) {
  return live.row.peek().actions.some((action) => action.name === name && action.enabled);
}

/**
 * Apply the action `name` to a live job; a toast reports the result.
 * @param {Page.Live} live
 * @param {string} name
 * @param {object} [options]
 */
export async function doToJob(live, name, options) {
  try {
    await (HOW[name] ?? ((job) => act(job, name)))(live, options);
  } catch (error) {
    toastError(error);
    readJob(live.id).catch(() => undefined);
  }
}

// What the server enables now.
export function entriesOf(actions, act) {
  return actions
    .filter((action) => action.enabled)
    .map(({ name }) => ({ label: actionLabel(name), icon: ACTIONS[name]?.icon ?? "circle", act: () => act(name) }));
}

/** @param {Page.Live} live */
export function jobMenu(live) {
  const job = live.row.value;
  const entries = entriesOf(job.actions, (name) => doToJob(live, name));
  const again = entries.findIndex((entry) => entry.label === ACTIONS.rerun.label);
  entries.splice(again < 0 ? entries.length : again + 1, 0, {
    label: "Change and run again",
    icon: "plus",
    href: newHref(job.workflow, job.id),
  });
  if (live.counts.peek().review) entries.unshift({ label: "Review", icon: "eye", act: () => review(job.id) });
  if (live.total.peek() > 1) entries.push({ label: "As a grid", icon: "image", href: matrixHref(job.id) });
  return entries;
}

/** Judge the first render of a job that waits for it; of any job where none is named. */
export async function review(jobId) {
  try {
    const job = jobId ?? (await api.jobs({ state: "review", limit: 1 })).items[0]?.id;
    const page = job ? await server.prompts(job, { state: "review", limit: 1 }) : { items: [] };
    if (page.items.length) go(reviewHref(page.items[0].id));
    else toast({ text: "Nothing waits for a review" });
  } catch (error) {
    toastError(error);
  }
}

/** @param {Api.Prompt} prompt */
export async function doToPrompt(prompt, name) {
  try {
    if (name === "cancel" && prompt.state === "running") {
      const title = `Cancel render ${prompt.index} of job ${prompt.job_id}?`;
      const text = "It is in progress; what it made so far is lost.";
      if (!(await ask({ title, text, yes: "Cancel the render", no: "Let it run" }))) return;
    }
    if (name === "review") return void go(reviewHref(prompt.id));
    await server.actOnPrompt(prompt.id, name);
    await readJob(prompt.job_id);
  } catch (error) {
    toastError(error);
  }
}

export async function actOnQueue(action, mode, free) {
  try {
    setQueue(await api.actOnQueue(action, mode, free));
  } catch (error) {
    toastError(error);
    readQueue().catch(() => undefined);
  }
}
