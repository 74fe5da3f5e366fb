// One job on the table: a line of words over a strip of pictures, of which only those in view are drawn.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ago, duration, exactTime, number, percent, plural, seconds } from "../lib/format.js";
import { html } from "../lib/html.js";
import { jobHref, openJob } from "../lib/router.js";
import { useCells } from "../state/cells.js";
import { between, clockTime, doneAbout } from "../state/days.js";
import { picture } from "../state/table.js";
import { doneAt, now, workflowTitle, workLeft } from "../state/store.js";
import { FINISHED } from "../lib/words.js";
import { Menu } from "../ui/menu.js";
import { JobMark, StateMark } from "../ui/state_mark.js";
import { lazyPart } from "../ui/lazy.js";
import { Cell } from "./cell.js";
import { Pick } from "./pick.js";

const Cause = lazyPart(() => import("./marks.js").then((module) => module.Cause));

const MORE = 2;

/** @param {{job: Page.Live, place?: any, tabbable?: any}} props */
export function JobLine({ job, place, tabbable }) {
  const row = job.row.value;
  const { succeeded } = job.counts.value;
  const total = job.total.value;
  const varies = variesBy(row.submission);
  return html`<div class="job-line">
    <${Pick} name=${String(job.id)} label=${row.name} />
    ${place > 0 && html`<span class="job-place num dim" title="Its place in the queue: drag it">${number(place)}</span>`}
    <a class="job-name" href=${jobHref(job.id)} tabindex=${tabbable ? 0 : -1} aria-current=${openJob.value === job.id ? "true" : undefined}>${row.name}</a>
    ${varies && html`<span class="job-varies dim clip">${varies}</span>`}
    ${row.tags.slice(0, 3).map((tag) => html`<span key=${tag} class="tag small">${tag}</span>`)}
    ${total > 1 && html`<span class="job-done num dim" style=${{ minWidth: `${2 * number(total).length + 4}ch` }}>${number(succeeded)} of ${number(total)}</span>`}
    <${Standing} job=${job} />
    <span class="job-workflow dim clip" key=${workflowTitle(row.workflow)}>${workflowTitle(row.workflow)}</span>
    <${When} job=${job} />
    <${Menu} label=${`What to do with ${row.name}`} tabbable=${tabbable} items=${() => jobMenuOf(job)} />
  </div>`;
}

/** The menu of a job as it is now. @param {Page.Live} job */
export async function jobMenuOf(job) {
  const [{ jobMenu }, { readJob }] = await Promise.all([import("./actions.js"), import("../state/events.js")]);
  await readJob(job.id).catch(() => undefined);
  return jobMenu(job);
}

/** "4 seeds × denoise 0.3, 0.5". @param {Record<string, any>} props */
function variesBy({ sweep = {}, seeds, rows }) {
  const seedCount = Array.isArray(seeds) ? seeds.length : Number(seeds) || 0;
  const parts = [seedCount > 1 && plural(seedCount, "seed"), typeof seeds === "string" && seeds.includes("..") && `seeds ${seeds}`];
  for (const [name, values] of Object.entries(sweep)) {
    const list = Array.isArray(values) ? values : (values.first ?? []);
    const all = Array.isArray(values) ? values.length : values.count;
    parts.push(`${name} ${list.slice(0, 4).join(", ")}${all > 4 ? " …" : ""}`);
  }
  if (rows?.count > 1 || rows?.length > 1) parts.push(plural(rows.count ?? rows.length, "row"));
  return parts.filter(Boolean).join(" × ");
}

/** Its state in the artist's words: what needs them, why it failed, how far it is. @param {{job: Page.Live}} props */
function Standing({ job }) {
  const state = job.state.value;
  const { review, failed } = job.counts.value;
  if (review) return html`<${Said} state="review" text=${`${number(review)} want${review === 1 ? "s" : ""} your eye`} />`;
  if (failed) return html`<${Cause} job=${job} />`;
  if (state === "running" && !job.held.value) return html`<${Said} state="running" text=${percent(job.progress.value)} />`;
  if (state === "queued" && !job.held.value && job.cells.value[0]?.mark) return html`<${Cause} job=${job} />`;
  // What comes next needs no word: it stands there.
  return state === "queued" && !job.held.value ? null : html`<${JobMark} job=${job} />`;
}

const Said = ({ state, text }) => html`<${StateMark} state=${state} word=${text} />`;

/** When it ended; when it will have; how long it takes. @param {{job: Page.Live}} props */
function When({ job }) {
  const row = job.row.value;
  const at = now.value;
  if (FINISHED.has(job.state.value)) {
    const ended = row.finished_at ?? row.created_at;
    const text = at - seconds(ended) < 3600 ? ago(ended, at) : clockTime(seconds(ended), at).split(" ").at(-1);
    return html`<span class="job-when num dim" key=${text} title=${`Ended ${exactTime(ended)}`}>${text}</span>`;
  }
  const done = job.state.value === "running" && !job.held.value && workLeft(job) ? doneAt(job) : null;
  if (done) return html`<span class="job-when num dim" key=${doneAbout(done, at)} title=${between(done, at)}>${doneAbout(done, at)}</span>`;
  const takes = job.state.value === "queued" && row.eta_seconds;
  const submitted = `Submitted ${exactTime(row.created_at)}`;
  const text = takes ? `takes ${duration(Math.max(1, takes))}` : ago(row.created_at, at);
  return html`<span class="job-when num dim" key=${text} title=${submitted}>${text}</span>`;
}

/**
 * The cells from `from` on: all in one line that scrolls, or `count` of them in a line of the sheet.
 * @param {{job: Page.Live, from?: any, count?: any, width?: any, tabbable?: any}} props
 */
export function Strip({ job, from = 0, count, width, tabbable }) {
  const box = useRef(null);
  const start = useSignal(0);
  const moved = useRef(false);
  const focused = useSignal(0);
  const { step } = picture.value;
  const fits = Math.max(1, Math.ceil(width / step));
  const whole = count === undefined;
  const all = whole ? job.total.value : Math.min(count, job.total.value - from);
  const first = from + (whole ? Math.max(0, start.value - MORE) : 0);
  const many = Math.min(from + all - first, whole ? fits + 2 * MORE : all);
  useCells(job, first, many);
  const cells = job.cells.value;
  const scrolled = () => {
    const at = Math.floor(box.current.scrollLeft / step);
    if (at !== start.peek()) start.value = at;
  };
  // What runs stays in view until the artist looks elsewhere.
  const { succeeded, failed, cancelled } = job.counts.value;
  const edge = job.state.value === "running" ? succeeded + failed + cancelled : 0;
  useLayoutEffect(() => {
    if (!whole || moved.current || all <= fits) return;
    box.current.scrollLeft = Math.max(0, edge - Math.floor(fits * 0.6)) * step;
  }, [edge, fits, step, all <= fits]);
  const key = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    moved.current = true;
    focused.value = Math.max(0, Math.min(from + all - 1, Number(event.target.dataset.at ?? from) + by));
    if (whole) box.current.scrollLeft = Math.min(focused.value * step, Math.max(box.current.scrollLeft, (focused.value + 1) * step - width));
    requestAnimationFrame(() => box.current?.querySelector(`[data-at="${focused.value}"]`)?.focus({ preventScroll: true }));
  };
  const shown = Array.from({ length: Math.max(0, many) }, (_, at) => first + at);
  const tab = shown.includes(focused.value) ? focused.value : shown[0];
  return html`<div class="strip-box">
    <div
      ref=${box} class="cells" role="group" aria-label=${`Renders of ${job.row.value.name}`} onScroll=${whole ? scrolled : undefined} onKeyDown=${key}
      onPointerDown=${() => (moved.current = true)} onWheel=${() => (moved.current = true)}
    >
      <div class="cells-all" style=${{ width: `${(whole ? all : many) * step - 4}px` }}>
        ${shown.map((at) => html`<span key=${at} class="cell-place" style=${{ transform: `translateX(${(at - from) * step}px)` }}>
          <${Cell} job=${job} cell=${cells[at]} at=${at} tabbable=${tabbable && at === tab} /></span>`)}
      </div>
    </div>
    ${whole && all * step - 4 > width && html`<${Rest} box=${box} left=${all - start.value - fits + 1} width=${width} onMove=${() => (moved.current = true)} />`}
  </div>`;
}

/** How many there are beyond the edge; a press shows them. */
function Rest({ box, left, width, onMove }) {
  if (left < 1) return null;
  const on = () => {
    onMove();
    box.current.scrollBy({ left: Math.floor(width / picture.value.step) * picture.value.step, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  return html`<button type="button" class="cells-more num" tabindex="-1" aria-hidden="true" onClick=${on}>+${number(left)}</button>`;
}
