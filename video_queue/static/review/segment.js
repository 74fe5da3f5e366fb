// One span on the outline of a sound, with two edges that are dragged, or moved by the arrows frame by frame.
import { useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { exact, verbsOf } from "./words.js";

const FAR = 10; // frames, with Shift

/** @param {{span?: any, view: Api.ReviewView, scale?: any, chosen?: any, timeAt?: any, snap?: any, spans?: any, say?: any, onChoose?: any, show?: any, fps?: any, length?: any}} props */
export function Segment({ span, view, scale, chosen, timeAt, snap, spans, say, onChoose, show, fps, length }) {
  const verbs = verbsOf(view);
  const words = `${view.cut ? "Silence" : "Part"} ${span.number}, ${exact(span.start)} to ${exact(span.end)}, ${span.off ? verbs.rejected : verbs.approved}`;
  const place = { transform: `translateX(${(span.start * scale).toFixed(2)}px)`, width: `${Math.max(2, (span.end - span.start) * scale).toFixed(2)}px` };
  const tools = { span, spans, timeAt, snap, say, onChoose, show, fps, length, chosen };
  return html`<div class="review-span" data-off=${span.off ? "" : undefined} data-cut=${view.cut ? "" : undefined} data-chosen=${chosen ? "" : undefined} style=${place}>
    <button type="button" class="review-body" data-item=${span.number} tabindex=${chosen ? 0 : -1} aria-label=${words} aria-current=${chosen ? "true" : undefined} title=${words} onClick=${onChoose}></button>
    <${Edge} which="start" ...${tools} />
    <${Edge} which="end" ...${tools} />
  </div>`;
}

function Edge({ which, span, spans, timeAt, snap, say, onChoose, show, fps, length, chosen }) {
  const drag = useRef(null);
  const limits = which === "start" ? [0, span.end - 1 / fps] : [span.start + 1 / fps, length];
  const put = (time, kind) => {
    const within = Math.min(limits[1], Math.max(limits[0], snap(time)));
    const words = spans.move(span.number, { start: span.start, end: span.end, [which]: within }, kind);
    show(within);
    return words;
  };
  const down = (event) => {
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    event.currentTarget.setPointerCapture(event.pointerId);
    // The edge stays below the pointer where it was taken.
    drag.current = { kind: `drag ${span.number} ${which} ${event.timeStamp}`, by: span[which] - timeAt(event), words: "" };
    onChoose();
  };
  const move = (event) => {
    if (drag.current) drag.current.words = put(timeAt(event) + drag.current.by, drag.current.kind);
  };
  const up = () => {
    if (drag.current?.words) say(drag.current.words);
    drag.current = null;
  };
  const key = (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    put(span[which] + (by * (event.shiftKey ? FAR : 1)) / fps, `edge ${span.number} ${which}`);
  };
  return html`<span
    role="slider" class="review-edge" data-edge=${which} tabindex=${chosen ? 0 : -1} aria-label=${`${which === "start" ? "Start" : "End"} of ${span.number}`}
    aria-valuemin=${limits[0].toFixed(3)} aria-valuemax=${limits[1].toFixed(3)} aria-valuenow=${span[which].toFixed(3)} aria-valuetext=${exact(span[which])}
    onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up} onKeyDown=${key} onClick=${(event) => event.stopPropagation()}
  ></span>`;
}
