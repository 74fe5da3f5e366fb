// Pictures of the queue that lead to the viewer are scrubbed under a pointer that rests on them: one sheet for the whole
// page, laid over the picture. Fetched after the first screen.
import { render } from "preact";
import { html } from "../lib/html.js";
import { ScrubCell } from "./scrub_cell.js";

const REST = 120;
const PICTURES = '.cell[href^="#/view/"]';
const box = Object.assign(document.createElement("div"), { className: "scrub-over", ariaHidden: "true" });
/** @type {HTMLElement | null} */
let over = null;
let timer = 0;

function leave() {
  clearTimeout(timer);
  over = null;
  if (!box.isConnected) return;
  render(null, box);
  box.remove();
}

function draw({ clientX }) {
  if (!over?.isConnected) return leave();
  const { left, top, width, height } = over.getBoundingClientRect();
  Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  document.body.append(box);
  const at = Math.min(0.9999, Math.max(0, (clientX - left) / width));
  return render(html`<${ScrubCell} id=${over.getAttribute("href")?.match(/\d+/)?.[0]} at=${at} />`, box);
}

function begin(picture, event) {
  over = picture;
  timer = setTimeout(draw, REST, event);
}

document.addEventListener("pointerover", (event) => {
  const picture = event.target instanceof Element ? event.target.closest(PICTURES) : null;
  if (picture === over) return;
  leave();
  if (picture && event.pointerType !== "touch") begin(picture, event);
});
document.addEventListener("pointermove", (event) => box.isConnected && draw(event), { passive: true });
addEventListener("scroll", leave, { passive: true, capture: true });
addEventListener("hashchange", leave);

// The pointer may have come to rest before this module came.
const resting = document.querySelector(`${PICTURES}:hover`);
if (resting) begin(resting, { clientX: resting.getBoundingClientRect().left });
