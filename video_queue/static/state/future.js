// What a job that is being made will come to, in words: "6 clips × 4 seeds = 24 renders", and when it is done.
import { plural } from "../lib/format.js";
import { about, bytes } from "../lib/text.js";
import { KINDS } from "../lib/words.js";
import { between, doneAbout } from "./days.js";
import { now, queue } from "./store.js";

/** `{factors, renders, estimate, title}`; null while there is nothing to render. */
export function futureOf(draft) {
  const answer = draft.answer.value;
  if (!answer?.prompts) return null;
  const factors = [inputFactor(draft, answer), ...draft.variations.factors()].filter(Boolean);
  const product = factors.reduce((all, factor) => all * factor.count, 1);
  const explained = factors.length > 0 && product === answer.prompts && (factors.length > 1 || answer.prompts > 1);
  const done = doneAt(draft, answer.estimate);
  return {
    factors: explained ? factors.map(({ count, one, many }) => plural(count, one, many)).join(" × ") : "",
    renders: plural(answer.prompts, "render"),
    estimate: [takes(answer.estimate), done && doneAbout(done, now.value), answer.estimate.bytes && bytes(answer.estimate.bytes)].filter(Boolean).join(", "),
    title: done ? between(done, now.value) : undefined,
  };
}

function inputFactor({ slots, ui }, { matrix }) {
  const [first] = slots;
  if (!first || ui.slots) return null;
  const { one, many } = KINDS[first.kind] ?? KINDS.other;
  const count = first.folder.value ? matrix?.complete && matrix.blocks.length : first.paths.value.length;
  return count ? { count, one, many } : null;
}

function takes({ seconds_low: low, seconds_high: high }) {
  return low || high ? `about ${about(Math.max(1, low), Math.max(1, high ?? low))}` : "";
}

/** [earliest, likely, latest] by the clock, after what waits now; null for a job that waits for something itself. */
function doneAt({ options, beginsAt, carried }, { seconds_low: low, seconds_high: high }) {
  const view = queue.value;
  if (!view || view.state !== "running" || !(low || high)) return null;
  if (options.held.value || beginsAt.value || carried.value.not_before || options.after.value.length) return null;
  const first = options.front.value || options.priority.value > 0;
  const [soonest, likely, latest] = first ? [0, 0, 0] : waitOf(view);
  const last = high ?? low;
  return [soonest + low, likely + (low + last) / 2, latest + last].map((seconds) => now.value + seconds);
}

/** @param {Api.QueueView & {readAt: number}} props */
function waitOf({ eta_seconds: likely, eta_range: range, readAt }) {
  const passed = now.value - readAt;
  const [low, high] = range ?? [likely, likely];
  return [low, likely, high].map((seconds) => Math.max(0, (seconds ?? 0) - passed));
}
