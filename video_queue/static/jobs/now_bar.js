// What runs now, always 72 px high: its preview, which render of which job, progress and when it is done; below that
// one reserved line for the work beside it and for the reason why work waits; pause and cancel. Nothing below moves.
import { useEffect } from "preact/hooks";
import { readJob } from "../state/events.js";
import { baseName, clock, number, percent, plural, span } from "../lib/format.js";
import { html } from "../lib/html.js";
import { jobHref, newHref } from "../lib/router.js";
import { between, doneAbout } from "../state/days.js";
import { connection, doneAt, knownJob, liveRender, now, queue, renderProgress, workLeft } from "../state/store.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { Menu } from "../ui/menu.js";
import { Poster } from "../ui/poster.js";
import { Progress } from "../ui/progress.js";

const DemoDone = lazyPart(() => import("./demo_done.js").then((module) => module.DemoDone));
const Notice = lazyPart(() => import("./queue_notices.js").then((module) => module.Notice));

export function NowBar() {
  const view = queue.value;
  if (!view) return html`<section class="now-bar" aria-label="Now" aria-busy="true"></section>`;
  const [first, ...others] = byLane(view);
  return html`<section class="now-bar" aria-label="Now" data-away=${connection.value === "lost" ? "" : undefined}>
    ${first ? html`<${Running} key=${first.id} prompt=${first} />` : html`<${Idle} view=${view} />`}
    <div class="now-beside">
      <${Notice} view=${view} />
      ${others.length > 0 && html`<${Beside} prompts=${others} />`}
    </div>
    <div class="now-buttons">
      <${PauseButton} view=${view} />
      <${CancelRunning} prompt=${first} />
    </div>
  </section>`;
}

/** The render on the GPU first: it is the one that is waited for. @param {Api.QueueView} view */
function byLane(view) {
  const onGpu = new Set(view.lanes.filter((lane) => lane.name === "gpu").flatMap((lane) => lane.running));
  return [...view.running].sort((a, b) => Number(onGpu.has(b.id)) - Number(onGpu.has(a.id)) || a.id - b.id);
}

/** @param {{prompt: Api.Prompt}} props */
function Running({ prompt }) {
  const job = useJob(prompt.job_id);
  const live = liveRender(prompt.id);
  const phase = live.phase.value ?? prompt.phase;
  const place = prompt.phases.findIndex(({ name }) => name === phase) + 1;
  const fraction = renderProgress(prompt);
  const elapsed = span(prompt.started_at, null, now.value);
  const preview = live.preview.value;
  return html`<div class="now-picture">
      ${preview ? html`<img src=${preview} alt="What the render looks like now" />` : html`<span class="now-still"><${Poster} poster=${prompt.input} wait=${false} /></span>`}
    </div>
    <p class="now-title">
      <a class="clip" href=${jobHref(prompt.job_id)}>${job ? job.row.value.name : `Job ${prompt.job_id}`}</a>
      <span class="now-which dim num clip" key=${whichRender(prompt, job)}>${whichRender(prompt, job)}</span>
      <${Done} job=${job} />
    </p>
    <${Progress} value=${fraction} label="Progress of the active render" />
    <p class="now-line num">
      <span class="now-percent">${percent(fraction)}</span>
      <span class="dim clip">${[phase ? `phase ${place}/${prompt.phases.length} · ${phase}` : "about to begin", live.message.value].filter(Boolean).join(" · ")}</span>
      <${Elapsed} seconds=${elapsed} />
    </p>`;
}

/** Another element for another length: what is written from the right moves by nothing. */
function Elapsed({ seconds }) {
  const text = seconds === null ? "" : `${clock(seconds)} so far`;
  return html`<span class="now-times dim" key=${text.length}>${text}</span>`;
}

function useJob(id) {
  const job = knownJob(id);
  useEffect(() => {
    if (!knownJob(id)) readJob(id).catch(() => undefined);
  }, [id]);
  return job;
}

/**
 * @param {Api.Prompt} prompt
 * @param {Page.Live} job
 */
const whichRender = (prompt, job) =>
  job?.total.value > 1 ? `render ${number(prompt.index)}/${number(job.total.value)}` : prompt.input ? baseName(prompt.input) : `render ${prompt.index}`;

/** The clock time at which the job is done, by the server's estimate. @param {{job: Page.Live}} props */
function Done({ job }) {
  const at = job && workLeft(job) && doneAt(job);
  const text = at ? doneAbout(at, now.value) : "";
  return html`<span class="now-done num" key=${text} title=${at ? between(at, now.value) : undefined}>${text}</span>`;
}

/** What the other lanes do: the first of it, and how many there are besides. */
function Beside({ prompts: [prompt, ...more] }) {
  const job = useJob(prompt.job_id);
  const name = job ? job.row.value.name : `Job ${prompt.job_id}`;
  return html`<p class="now-also num">
    <${Icon} name="film" size=${12} />
    <a class="clip" href=${jobHref(prompt.job_id)}>${name}</a>
    <span class="dim clip">${`${whichRender(prompt, job)} · ${liveRender(prompt.id).phase.value ?? prompt.phase}`}</span>
    <span class="now-percent">${percent(renderProgress(prompt))}</span>
    <span class="dim now-more" title=${more.length ? plural(more.length, "more render") : undefined}>${more.length > 0 && `+${more.length}`}</span>
  </p>`;
}

/** @param {{view: Api.QueueView & {readAt: number}}} props */
function Idle({ view }) {
  const { queued, succeeded } = view.counts;
  if (!queued && succeeded && view.lanes.some((lane) => lane.detail?.simulated)) return html`<${DemoDone} ended=${succeeded} />`;
  const waits = queued && view.state === "running";
  const text = waits ? `${plural(queued, "render")} waiting` : queued ? `${plural(queued, "render")} in the queue` : "Nothing to do";
  return html`<div class="now-picture"><${Icon} name=${queued ? "hourglass" : "check"} size=${20} /></div>
    <p class="now-title"><span class="now-idle">${text}</span></p>
    <div class="progress" aria-hidden="true"></div>
    <p class="now-line dim">${queued ? html`<span class="clip">Nothing runs at the moment.</span>` : html`<a href=${newHref()}>Make a new job</a>`}</p>`;
}

const menus = () => import("./now_menus.js");

/** @param {{view: Api.QueueView & {readAt: number}}} props */
function PauseButton({ view }) {
  if (view.state !== "running") {
    return html`<button type="button" class="primary" onClick=${() => menus().then(({ resume }) => resume())}>
      <${Icon} name="play" />Resume</button>`;
  }
  return html`<${Menu} label="Pause the queue" text=${html`<${Icon} name="pause" /><span>Pause</span>`} items=${() => menus().then(({ pauses }) => pauses())} />`;
}

/** Its place is kept while nothing runs. @param {{prompt: Api.Prompt}} props */
function CancelRunning({ prompt }) {
  return html`<${Menu} idle=${!prompt} label="Cancel what runs" text=${html`<${Icon} name="cross" /><span>Cancel</span>`} items=${() => menus().then(({ cancels }) => cancels(prompt))} />`;
}
