// The lanes of a night as bars: worked, stood still with a reason, nothing to do. The same as words below.
import { duration, number, plural, seconds } from "../lib/format.js";
import { html } from "../lib/html.js";
import { clockTime } from "../state/days.js";
import { now } from "../state/store.js";

const LANES = { gpu: "GPU", media: "Media" };
const STOPS = {
  down: "vq was not running",
  user: "the queue was paused",
  schedule: "the queue was paused by the schedule",
  disk_full: "the disk was almost full",
  comfy_unreachable: "ComfyUI did not answer",
  comfy_zombie: "ComfyUI had stopped working",
  comfy_busy: "ComfyUI was busy with other work",
  output_unavailable: "an output folder was away",
};
const TICKS = 5;
const NARROW_TICKS = 3;
const SHOWN = 6;
/** Two lanes stop for one reason within so many seconds of each other: one stop. */
const TOGETHER = 5;

/** When work stood still though there was some, the longest first; both lanes at once count once. @param {Api.Report} report */
export function stopsOf({ tracks }) {
  const stops = [];
  for (const { lane, gaps } of tracks) {
    for (const gap of gaps.filter(({ reason }) => reason !== "idle")) {
      const same = stops.find((stop) => stop.reason === gap.reason && !stop.lanes.includes(lane) && Math.abs(seconds(stop.start) - seconds(gap.start)) < TOGETHER);
      if (same) same.lanes.push(lane);
      else stops.push({ ...gap, lanes: [lane] });
    }
  }
  const length = ({ start, end }) => seconds(end) - seconds(start);
  return stops.sort((a, b) => length(b) - length(a));
}

/** @param {{report: Api.Report}} props */
export function Tracks({ report }) {
  const { tracks, since, until } = report;
  if (!tracks.some(({ stretches }) => stretches.length)) return null;
  const [begin, end] = [seconds(since), seconds(until)];
  const at = (iso) => (100 * (seconds(iso) - begin)) / Math.max(1, end - begin);
  const ticks = innerWidth < 640 ? NARROW_TICKS : TICKS;
  const stops = stopsOf(report);
  return html`<section class="tracks" aria-label="When it worked">
    ${tracks.map(
      (track) => html`<div key=${track.lane} class="track">
        <span class="dim">${LANES[track.lane]}</span>
        <svg role="img" aria-label=${spoken(track)}>
          <defs><pattern id="stop" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" /></pattern></defs>
          ${track.gaps.filter(({ reason }) => reason !== "idle").map((gap) => html`<${Bar} key=${gap.start} from=${at(gap.start)} to=${at(gap.end)} kind="stop" title=${`${period(gap)}: ${STOPS[gap.reason] ?? gap.reason}`} />`)}
          ${track.stretches.map((work) => html`<${Bar} key=${work.start} from=${at(work.start)} to=${at(work.end)} kind=${work.failed ? "failed" : "work"} title=${`${period(work)}: ${plural(work.renders, "render")}${work.failed ? `, ${number(work.failed)} failed` : ""}`} />`)}
        </svg>
      </div>`,
    )}
    <p class="ticks dim small num" aria-hidden="true">${Array.from({ length: ticks }, (_, index) => html`<span key=${index}>${clockTime(begin + ((end - begin) * index) / (ticks - 1), now.value)}</span>`)}</p>
    ${stops.length > 0 && html`<ul class="stops">
      ${stops.slice(0, SHOWN).map((stop) => html`<li key=${stop.start + stop.reason}><span class="stop-sign" aria-hidden="true"></span><span class="num">${period(stop)}</span> ${stop.lanes.map((lane) => LANES[lane]).join(" and ")} stood still: ${STOPS[stop.reason] ?? stop.reason}</li>`)}
      ${stops.length > SHOWN && html`<li class="dim">and ${number(stops.length - SHOWN)} shorter times</li>`}
    </ul>`}
  </section>`;
}

function Bar({ from, to, kind, title }) {
  return html`<rect class=${`bar-${kind}`} x=${`${from}%`} width=${`${Math.max(0.15, to - from)}%`} y="0" height="100%"><title>${title}</title></rect>`;
}

function period({ start, end }) {
  return `${clockTime(seconds(start), now.value)} to ${clockTime(seconds(end), now.value)} (${duration(seconds(end) - seconds(start))})`;
}

/** What a bar says, for those who do not see it. @param {Api.Track} track */
function spoken({ lane, stretches, gaps }) {
  const sum = (parts) => parts.reduce((all, { start, end }) => all + seconds(end) - seconds(start), 0);
  const stopped = gaps.filter(({ reason }) => reason !== "idle");
  return `${LANES[lane]} worked ${duration(sum(stretches))}${stopped.length ? `, stood still ${duration(sum(stopped))}` : ""}`;
}
