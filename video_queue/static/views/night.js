// Last night: what ended while nobody used the page, when work stood still and why, what needs the artist (one button
// for each cause), and what is new, to be walked through by key. The server knows since when, and what was seen.
import { effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, duration, number, plural, seconds } from "../lib/format.js";
import { html } from "../lib/html.js";
import { nightApi } from "../lib/night_api.js";
import { soon } from "../lib/soon.js";
import { clockTime } from "../state/days.js";
import { now, queue } from "../state/store.js";
import { ErrorLine } from "../ui/error_line.js";
import { toastError } from "../ui/toasts.js";
import { NeedsYou } from "./night_needs.js";
import { NewOutputs } from "./night_new.js";
import { stopsOf, Tracks } from "./night_tracks.js";

const PACE = 3000;

/** The two pages of the night. */
export function NightHead({ here, title, children }) {
  const place = (view, text) => html`<a href=${`#/${view}`} aria-current=${here === view ? "page" : undefined}>${text}</a>`;
  return html`<header class="night-head">
    <nav aria-label="Night">${place("night", "Last night")}${place("tonight", "Tonight")}</nav>
    <h1>${title}</h1>
    ${children}
  </header>`;
}

export function NightView() {
  const report = useSignal(null);
  const failure = useSignal(null);
  const read = async () => {
    try {
      report.value = await nightApi.report();
      failure.value = null;
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => {
    // First, so that the report is that of the absence which ends now.
    nightApi.visit().catch(() => undefined).finally(read);
    let first = true;
    // Each render that ends makes the queue another one.
    return effect(() => {
      queue.value;
      if (!first) soon("report", read, PACE);
      first = false;
    });
  }, []);
  const onChanged = () => read().catch(toastError);
  if (failure.value && !report.value) return html`<div class="page night"><${NightHead} here="night" title="Last night" /><${ErrorLine} error=${failure.value} /></div>`;
  if (!report.value) return html`<div class="page night" aria-busy="true"><${NightHead} here="night" title="Last night" /></div>`;
  return html`<div class="page night">
    <${NightHead} here="night" title=${titleOf(report.value)}><${Summary} report=${report.value} /><//>
    <${Tracks} report=${report.value} />
    <${NeedsYou} report=${report.value} onChanged=${onChanged} />
    <${NewOutputs} made=${report.value.new_outputs} onSeen=${(jobs) => markSeen(report, jobs)} />
  </div>`;
}

/** @param {Api.Report} report */
function titleOf({ renders, given_up: givenUp }) {
  if (renders.succeeded) return `${plural(renders.succeeded, "render")} while you were away`;
  const others = renders.failed + renders.cancelled + renders.skipped + givenUp.length;
  return others ? "No new render while you were away" : "Nothing ended while you were away";
}

/** @param {{report: Api.Report}} props */
function Summary({ report }) {
  const { renders, since, until, waiting } = report;
  const [begin, end] = [seconds(since), seconds(until)];
  const counts = [renders.failed && `${number(renders.failed)} failed`, renders.cancelled && `${number(renders.cancelled)} cancelled`, renders.skipped && `${number(renders.skipped)} there already`];
  const lanes = [report.gpu_seconds >= 1 && `GPU ${duration(report.gpu_seconds)}`, report.media_seconds >= 1 && `media ${duration(report.media_seconds)}`];
  const saved = report.jobs.reduce((sum, job) => sum + Math.max(0, job.model_loads_saved), 0);
  const facts = [...counts, ...lanes, saved > 0 && plural(saved, "model load") + " saved"].filter(Boolean);
  return html`<p class="dim num">${clockTime(begin, now.value)} to ${clockTime(end, now.value)}, ${duration(end - begin)}.${facts.length > 0 && ` ${facts.join(", ")}.`} ${stoodStill(report)}</p>
    <p class="dim num">${waiting ? html`${plural(waiting, "render")} still to do. <a href="#/tonight">What comes next</a>` : "Nothing is left to do."}</p>`;
}

/** @param {Api.Report} report */
function stoodStill(report) {
  const stops = stopsOf(report);
  if (!stops.length) return "";
  const all = stops.reduce((sum, stop) => sum + seconds(stop.end) - seconds(stop.start), 0);
  return `Work stood still ${stops.length === 1 ? "once" : `${number(stops.length)} times`}, ${all < 600 ? clock(all) : duration(all)} in all; nothing was lost.`;
}

/**
 * Shown at once; the server is told, so that every browser knows.
 * @param {Signal<Api.Report>} report
 * @param {number[]} jobs
 */
function markSeen(report, jobs) {
  const fresh = new Set(report.peek().new_outputs.filter((item) => !item.seen && jobs.includes(item.job_id)).map((item) => item.job_id));
  if (!fresh.size) return;
  report.value = { ...report.peek(), new_outputs: report.peek().new_outputs.map((item) => (fresh.has(item.job_id) ? { ...item, seen: true } : item)) };
  nightApi.seen([...fresh]).catch(toastError);
}
