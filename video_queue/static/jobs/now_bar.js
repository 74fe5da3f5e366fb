// What runs now: its preview, which render of which job, progress and times; pause and cancel.
import { useEffect } from "preact/hooks";
import { readJob } from "../state/events.js";
import { clock, left, number, percent, plural, span } from "../lib/format.js";
import { html } from "../lib/html.js";
import { jobHref, newHref } from "../lib/router.js";
import { knownJob, liveRender, now, queue, renderProgress, workLeft } from "../state/store.js";
import { Icon } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { Progress } from "../ui/progress.js";
import { renderTitle } from "./render_row.js";
import { JobThumbnail } from "../ui/thumbnail.js";

export function NowBar() {
  const view = queue.value;
  if (!view) return html`<section class="now-bar" aria-label="Now" aria-busy="true"></section>`;
  const [first, ...others] = byLane(view);
  return html`<section class="now-bar" aria-label="Now">
    ${first ? html`<${Running} key=${first.id} prompt=${first} />` : html`<${Idle} view=${view} />`}
    <div class="now-buttons">
      <${PauseButton} view=${view} />
      ${first && html`<${CancelRunning} prompt=${first} />`}
    </div>
    ${others.length > 0 && html`<ul class="now-others">${others.map((prompt) => html`<${Also} key=${prompt.id} prompt=${prompt} />`)}</ul>`}
  </section>`;
}

/** The render on the GPU first: it is the one that is waited for. */
function byLane(view) {
  const onGpu = new Set(view.lanes.filter((lane) => lane.name === "gpu").flatMap((lane) => lane.running));
  return [...view.running].sort((a, b) => onGpu.has(b.id) - onGpu.has(a.id) || a.id - b.id);
}

function Running({ prompt }) {
  const job = useJob(prompt.job_id);
  const live = liveRender(prompt.id);
  const phase = live.phase.value ?? prompt.phase;
  const place = prompt.phases.findIndex(({ name }) => name === phase) + 1;
  const fraction = renderProgress(prompt);
  const elapsed = span(prompt.started_at, null, now.value);
  return html`<div class="now-picture">
      <${Picture} prompt=${prompt} job=${job} />
    </div>
    <div class="now-text">
      <p class="now-title">
        <a href=${jobHref(prompt.job_id)}>${job ? job.row.value.name : `Job ${prompt.job_id}`}</a>
        <span class="dim num">${whichRender(prompt, job)}</span>
      </p>
      <${Progress} value=${fraction} label="Progress of the active render" />
      <p class="now-line num">
        <span class="now-percent">${percent(fraction)}</span>
        <span class="dim clip">${phase ? `phase ${place}/${prompt.phases.length} · ${phase}` : "about to begin"}${live.message.value && ` · ${live.message.value}`}</span>
        <span class="now-times dim">${elapsed === null ? "" : `${clock(elapsed)} so far`}<${Eta} job=${job} prompt=${prompt} fraction=${fraction} elapsed=${elapsed} /></span>
      </p>
    </div>`;
}

function useJob(id) {
  const job = knownJob(id);
  useEffect(() => {
    if (!knownJob(id)) readJob(id).catch(() => undefined);
  }, [id]);
  return job;
}

const whichRender = (prompt, job) =>
  job?.total.value > 1 ? `render ${number(prompt.index)}/${number(job.total.value)}` : renderTitle(prompt);

/** From a phase's own progress once there is enough; else the server's estimate. */
function Eta({ job, prompt, fraction, elapsed }) {
  const alone = prompt.phases.length === 1 && (job?.total.value ?? 1) === 1;
  if (alone && fraction > 0.05 && elapsed > 5) return html` · about ${left((elapsed * (1 - fraction)) / fraction)}`;
  const work = job && workLeft(job);
  return work && html` · ${left(...work)}`;
}

function Picture({ prompt, job }) {
  const preview = liveRender(prompt.id).preview.value;
  if (preview) return html`<img src=${preview} alt="What the render looks like now" />`;
  return job ? html`<${JobThumbnail} job=${job} />` : html`<span class="thumb"><${Icon} name="film" /></span>`;
}

function Also({ prompt }) {
  const job = useJob(prompt.job_id);
  const live = liveRender(prompt.id);
  return html`<li>
    <span class="state" data-tone="running"><${Icon} name="play" /></span>
    <a class="clip" href=${jobHref(prompt.job_id)}>${job ? job.row.value.name : `Job ${prompt.job_id}`}</a>
    <span class="dim num">${whichRender(prompt, job)} · ${live.phase.value ?? prompt.phase}</span>
    <${Progress} value=${renderProgress(prompt)} label=${`Progress of render ${prompt.index} of job ${prompt.job_id}`} />
    <span class="num">${percent(renderProgress(prompt))}</span>
  </li>`;
}

function Idle({ view }) {
  const { queued } = view.counts;
  const waits = queued && view.state === "running";
  const text = waits ? `${plural(queued, "render")} waiting` : queued ? `${plural(queued, "render")} in the queue` : "Nothing to do";
  return html`<div class="now-picture"><span class="thumb"><${Icon} name=${queued ? "hourglass" : "check"} /></span></div>
    <div class="now-text">
      <p class="now-title">${text}</p>
      <p class="now-line dim">
        ${queued ? "Nothing runs at the moment." : html`Everything is done. <a href=${newHref()}>Make a new job</a>`}
      </p>
    </div>`;
}

const menus = () => import("./now_menus.js");

function PauseButton({ view }) {
  if (view.state !== "running") {
    return html`<button type="button" class="primary" onClick=${() => menus().then(({ resume }) => resume())}>
      <${Icon} name="play" />Go on</button>`;
  }
  return html`<${Menu} label="Pause the queue" text=${html`<${Icon} name="pause" />Pause`} items=${() => menus().then(({ pauses }) => pauses())} />`;
}

function CancelRunning({ prompt }) {
  return html`<${Menu} label="Cancel what runs" text=${html`<${Icon} name="cross" />Cancel`} items=${() => menus().then(({ cancels }) => cancels(prompt))} />`;
}
