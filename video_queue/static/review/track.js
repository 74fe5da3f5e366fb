// The outline of a sound with the spans on it, as wide as one wants to see it. Only what is in view is drawn.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { useActs } from "./acts.js";
import { Outline, usePeaks } from "./outline.js";
import { Segment } from "./segment.js";

const CLOSEST = 2000; // pixels in a second
const WIDEST_AT_FIRST = 30;
const MARGIN = 40;

/** @param {{review?: any, spans?: any, clip?: any, file: Api.ReviewFile, length?: any, moment?: any, snap?: any, go?: any}} props */
export function Track({ review, spans, clip, file, length, moment, snap, go }) {
  const box = useRef(null);
  const width = useSignal(0);
  const scale = useSignal(0); // pixels in a second
  const left = useSignal(0);
  const peaks = usePeaks(file);
  useEffect(() => {
    const size = new ResizeObserver(([entry]) => {
      width.value = Math.floor(entry.contentRect.width);
      scale.value ||= Math.max(width.peek() / length, WIDEST_AT_FIRST);
    });
    size.observe(box.current);
    return () => size.disconnect();
  }, []);
  const zoom = (factor) => {
    const next = Math.min(CLOSEST, Math.max(width.peek() / length, scale.peek() * factor));
    const middle = moment.peek();
    scale.value = next;
    requestAnimationFrame(() => {
      if (box.current) box.current.scrollLeft = middle * next - width.peek() / 2;
    });
  };
  useActs(review, { zoom: (key) => zoom(key === "+" ? 2 : 0.5) });
  const at = review.at.value;
  const all = spans.all;
  const now = spans.get(at);
  // What one is at, and where it plays, stay in view.
  const follow = (time) => {
    const place = time * scale.peek();
    const { scrollLeft, clientWidth } = box.current;
    if (place < scrollLeft + MARGIN || place > scrollLeft + clientWidth - MARGIN) box.current.scrollLeft = place - clientWidth / 3;
  };
  useEffect(() => {
    if (now && scale.peek()) follow(now.start);
  }, [at, scale.value > 0]);
  useEffect(() => {
    const held = document.activeElement;
    if (held && box.current?.contains(held) && !held.matches("[role=slider]")) box.current.querySelector(`[data-item="${at}"]`)?.focus({ preventScroll: true });
  }, [at]);
  useEffect(() => moment.subscribe((time) => clip?.rate.peek() > 0 && scale.peek() && follow(time)), [clip]);
  const timeAt = (event) => (event.clientX - box.current.getBoundingClientRect().left + box.current.scrollLeft) / scale.peek();
  const seek = (event) => {
    if (event.target.closest("[role=slider]") || !clip) return;
    clip.stop();
    clip.seek(Math.round(Math.min(length, Math.max(0, timeAt(event))) * clip.fps));
  };
  const from = left.value / (scale.value || 1);
  const to = from + width.value / (scale.value || 1);
  const seen = scale.value ? all.filter((span) => span.number === at || (span.end >= from - 1 && span.start <= to + 1)) : [];
  return html`<div class="review-wave">
    <div class="review-track" ref=${box} role="group" aria-label="Sound" onScroll=${() => (left.value = box.current.scrollLeft)} onClick=${seek}>
      <div class="review-time" style=${{ width: `${Math.max(width.value, Math.ceil(length * scale.value))}px` }}>
        <${Outline} peaks=${peaks} width=${width.value} from=${from} scale=${scale.value} />
        ${seen.map((span) => html`<${Segment} key=${span.number} span=${span} view=${review.view.value} scale=${scale.value} chosen=${span.number === at} timeAt=${timeAt} snap=${snap} spans=${spans} say=${review.say} onChoose=${() => go(span.number, false)} show=${(time) => clip && (clip.stop(), clip.seek(Math.round(time * clip.fps)))} fps=${clip?.fps ?? 100} length=${length} />`)}
        <${Needle} moment=${moment} scale=${scale} />
      </div>
    </div>
    <div class="review-zoom">
      <button type="button" class="icon-button" aria-label="A wider look (-)" title="A wider look (-)" onClick=${() => zoom(0.5)}>−</button>
      <button type="button" class="icon-button" aria-label="A closer look (+)" title="A closer look (+)" onClick=${() => zoom(2)}>+</button>
      ${peaks === false && html`<span class="dim small">It has no sound that could be drawn</span>`}
    </div>
  </div>`;
}

function Needle({ moment, scale }) {
  return html`<span class="review-needle" style=${{ transform: `translateX(${(moment.value * scale.value).toFixed(1)}px)` }}></span>`;
}
