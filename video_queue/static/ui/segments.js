// A bar in segments: the renders of a job by state.
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { BAR_STATES, STATES } from "../lib/words.js";

/** A job's renders by state; `fraction` adds what is done of the running ones. */
export function SegmentedBar({ counts, total, progress }) {
  const label = describe(counts.value, total.value);
  const all = Math.max(1, total.value);
  const { succeeded, failed, cancelled, running } = counts.value;
  const part = Math.max(0, progress.value * all - succeeded - failed - cancelled);
  const widths = { ...counts.value, running: part, queued: counts.value.queued + running - part };
  let before = 0;
  const place = (state) => {
    const share = Math.max(0, widths[state] / all);
    before += share;
    return { transform: `translateX(${(before - share) * 100}%) scaleX(${share})` };
  };
  return html`<div class="segments" role="img" aria-label=${label} title=${label}>
    ${BAR_STATES.map(
      (state) => html`<span
        key=${state} class="segment" data-tone=${STATES[state].tone} data-state=${state}
        style=${place(state)} hidden=${!widths[state]}
      ></span>`,
    )}
  </div>`;
}

export function describe(counts, total) {
  if (!total) return "No renders yet";
  const named = BAR_STATES.filter((state) => counts[state]).map(
    (state) => `${counts[state]} ${STATES[state].word.toLowerCase()}`,
  );
  return `${plural(total, "render")}: ${named.join(", ")}`;
}
