// The outline of a sound on a canvas as wide as what is in view.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { reviewApi } from "../lib/review_api.js";

const HEIGHT = 96;

/** `{step, values}` of a file; null until it is there, false where there is none. @param {Api.ReviewFile} file */
export function usePeaks(file) {
  const peaks = useSignal(null);
  useEffect(() => {
    if (!file?.sound) {
      peaks.value = false;
      return;
    }
    reviewApi.peaks(file).then(
      ({ step, peaks: text }) => {
        peaks.value = { step, values: Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) };
      },
      () => {
        peaks.value = false;
      },
    );
  }, [file?.url, file?.key]);
  return peaks.value;
}

/** From `from` seconds on, `scale` pixels a second. */
export function Outline({ peaks, width, from, scale }) {
  const canvas = useRef(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element || !width) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    element.width = width * ratio;
    element.height = HEIGHT * ratio;
    const paint = element.getContext("2d");
    paint.scale(ratio, ratio);
    paint.fillStyle = getComputedStyle(element).color;
    if (peaks) draw(paint, peaks, width, from, scale);
  }, [peaks, width, from, scale, document.documentElement.dataset.theme]);
  return html`<canvas ref=${canvas} class="review-outline" style=${{ width: `${width}px`, height: `${HEIGHT}px` }} aria-hidden="true"></canvas>`;
}

function draw(paint, { step, values }, width, from, scale) {
  for (let x = 0; x < width; x += 1) {
    const first = Math.floor((from + x / scale) / step);
    const last = Math.max(first + 1, Math.floor((from + (x + 1) / scale) / step));
    let highest = 0;
    for (let at = first; at < last && at < values.length; at += 1) highest = Math.max(highest, values[at]);
    const tall = Math.max(1, (highest / 255) * (HEIGHT - 8));
    paint.fillRect(x, (HEIGHT - tall) / 2, 1, tall);
  }
}
