// A plain bar.
import { percent } from "../lib/format.js";
import { html } from "../lib/html.js";

/** `value` is 0..1. The width is set through the style object, which the page's policy allows. */
export function Progress({ value, label, tone = "running" }) {
  const shown = Math.min(1, Math.max(0, value));
  return html`<div
    class="progress" role="progressbar" aria-label=${label}
    aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.floor(shown * 100)} aria-valuetext=${percent(shown)}
  >
    <div class="progress-fill" data-tone=${tone} style=${{ transform: `scaleX(${shown})` }}></div>
  </div>`;
}
