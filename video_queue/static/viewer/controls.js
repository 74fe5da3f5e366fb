// The slim controls below the picture: play, step, loop, and where in the clip it is, in frames.
import { html } from "../lib/html.js";
import { Icon, IconButton } from "../ui/icons.js";
import { GlyphButton } from "./glyphs.js";

const FASTEST = 4;

/** J, K and L: backwards, stop, forwards; the same key again doubles the speed. */
export function shuttle(clip, key) {
  const rate = clip.rate.peek();
  if (key === "k") clip.stop();
  else {
    const sign = key === "l" ? 1 : -1;
    clip.play(sign * rate > 0 ? sign * Math.min(FASTEST, Math.abs(rate) * 2) : sign);
  }
}

export const toggle = (clip) => (clip.rate.peek() ? clip.stop() : clip.play(1));

export function Controls({ clip }) {
  if (clip.frames < 2) return null;
  const frame = clip.frame.value;
  const rate = clip.rate.value;
  const digits = String(clip.frames - 1).length;
  const loops = clip.loop.value;
  return html`<div class="view-controls" role="group" aria-label="Playback">
    <${IconButton} icon=${rate ? "pause" : "play"} label=${rate ? "Stop (Space)" : "Play (Space)"} onClick=${() => toggle(clip)} />
    <${GlyphButton} name="back" label="A frame back (,)" onClick=${() => clip.step(-1)} />
    <${GlyphButton} name="on" label="A frame on (.)" onClick=${() => clip.step(1)} />
    <input
      type="range" class="view-range" aria-label="Frame" min="0" max=${clip.frames - 1} step="1" value=${frame}
      aria-valuetext=${`Frame ${frame} of ${clip.frames - 1}`} onInput=${(event) => clip.seek(Number(event.target.value))}
    />
    <span class="view-time num" style=${{ minWidth: `${2 * digits + 11}ch` }}>
      <span aria-hidden="true">${String(frame).padStart(digits, " ")} / ${clip.frames - 1}</span>
      <span class="dim">${(frame / clip.fps).toFixed(2)} s</span>
    </span>
    <span class="view-rate num dim">${rate && rate !== 1 ? `${rate} ×` : ""}</span>
    <button type="button" class="icon-button" aria-label="Loop" title="Loop" aria-pressed=${loops ? "true" : "false"} onClick=${() => (clip.loop.value = !loops)}>
      <${Icon} name="repeat" /></button>
  </div>`;
}
