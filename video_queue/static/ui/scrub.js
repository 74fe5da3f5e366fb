// A picture that is scrubbed by moving the pointer over it; what that needs is fetched when a pointer rests there.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { lazyPart } from "./lazy.js";

const REST = 120;
const ScrubCell = lazyPart(() => import("./scrub_cell.js").then((module) => module.ScrubCell));

/** Around the thumbnail of an artifact that moves; `children` is what is seen while nothing is scrubbed. */
export function Scrub({ id, children }) {
  const at = useSignal(null);
  const timer = useRef(0);
  const place = ({ currentTarget, clientX }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(0.9999, Math.max(0, (clientX - left) / width));
  };
  const enter = (event) => {
    const first = place(event);
    timer.current = setTimeout(() => (at.value ??= first), REST);
  };
  const move = (event) => {
    if (at.peek() !== null) at.value = place(event);
  };
  const leave = () => {
    clearTimeout(timer.current);
    at.value = null;
  };
  return html`<span class="scrub" onPointerEnter=${enter} onPointerMove=${move} onPointerLeave=${leave}>
    ${children}
    ${at.value !== null && html`<${ScrubCell} id=${id} at=${at.value} />`}
  </span>`;
}
