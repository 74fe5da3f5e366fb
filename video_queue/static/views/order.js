// Changing the order of what comes next: by Alt and arrows, and by dragging with a pointer or a finger. What is selected
// moves together.
import { server } from "../lib/more_api.js";
import { plural } from "../lib/format.js";
import { actOnSelection } from "../jobs/many.js";
import { next, priorityOf, reorder } from "../state/order.js";
import { readLists } from "../state/lists.js";
import { isSelected, selectedCount, whole } from "../state/selection.js";
import { knownJob } from "../state/store.js";
import { sheet } from "../ui/lazy.js";
import { toast, toastError } from "../ui/toasts.js";
import { current, reveal } from "./queue.js";

void sheet("order");

const MORE_THAN_A_PRESS = 6;
const EDGE = 70;
const FASTEST = 18;

/** What moves when `id` does, in the order of the list. */
function blockOf(id) {
  const selected = next.ids.peek().filter((other) => isSelected(String(other)));
  if (id === null || isSelected(String(id))) return selected;
  return next.ids.peek().includes(id) ? [id] : [];
}

let said = null;

/** One message for all moves of the same jobs, and one undo. */
function moved(ids) {
  return ({ undo, refused, place, error }) => {
    if (error) {
      toastError(error);
      return;
    }
    const before = said && String(said.ids) === String(ids) && said.message.isShown() ? said : null;
    before?.message.close();
    const numbers = [...(before?.numbers ?? []), ...undo];
    const what = ids.length > 1 ? plural(ids.length, "job") : knownJob(ids[0])?.row.peek().name;
    const hint = refused.length ? `${plural(refused.length, "job")} stayed: ${refused[0].message}` : undefined;
    const back = numbers.length ? () => goBack(numbers) : null;
    said = { ids, numbers, message: toast({ text: `${what} ${ids.length > 1 ? "are" : "is"} at place ${place} now`, hint, undo: back }) };
  };
}

async function goBack(numbers) {
  try {
    for (const number of numbers.toReversed()) await server.undo(number);
    await readLists();
  } catch (error) {
    toastError(error);
  }
}

/** Move the job at hand, or what is selected, by one place or to an end. */
export function moveStep(by, toEnd) {
  if (whole.peek()) return toEnd ? void actOnSelection("move", { to: by < 0 ? "top" : "bottom" }) : false;
  const ids = blockOf(selectedCount.peek() ? null : current.peek());
  if (!ids.length) return false;
  const order = next.ids.peek();
  const other = by < 0 ? order[order.indexOf(ids[0]) - 1] : order[order.indexOf(ids.at(-1)) + 1];
  if (toEnd) reorder(ids, { to: by < 0 ? "top" : "bottom" }, moved(ids));
  else if (other === undefined || priorityOf(other) !== priorityOf(ids[0])) return true;
  else reorder(ids, by < 0 ? { before: other } : { after: other }, moved(ids));
  reveal(current.peek() ?? ids[0]);
  return true;
}

// --- dragging

let drag = null;

function down(event) {
  if (event.button !== 0 || drag) return;
  const row = event.target.closest("[data-job]");
  const handle = event.target.closest(".job-place");
  const id = Number(row?.dataset.job);
  if (!next.ids.peek().includes(id) || whole.peek()) return;
  if (!handle && (event.pointerType === "touch" || event.target.closest("button, .cells, .menu-anchor"))) return;
  drag = { id, from: [event.clientX, event.clientY], at: event.clientY, pointer: event.pointerId, ids: null };
}

function begin() {
  const ids = blockOf(drag.id);
  const ghost = Object.assign(document.createElement("div"), { className: "drag-ghost" });
  ghost.textContent = ids.length > 1 ? plural(ids.length, "job") : knownJob(drag.id).row.peek().name;
  const marker = Object.assign(document.createElement("div"), { className: "drop-marker" });
  document.body.append(ghost);
  document.querySelector(".windowed")?.append(marker);
  document.documentElement.dataset.dragging = "";
  Object.assign(drag, { ids, ghost, marker, moving: new Set(ids) });
  requestAnimationFrame(frame);
}

function move(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  const [x, y] = drag.from;
  drag.at = event.clientY;
  if (!drag.ids && Math.hypot(event.clientX - x, event.clientY - y) > MORE_THAN_A_PRESS) begin();
  if (!drag?.ids) return;
  event.preventDefault();
  drag.ghost.style.transform = `translate(${Math.min(event.clientX + 14, innerWidth - 180)}px, ${event.clientY + 10}px)`;
}

/** Where the marker stands, and the page scrolls where the pointer is near an edge; events may change the list meanwhile. */
function frame() {
  if (!drag?.ids) return;
  const top = document.querySelector(".top")?.offsetHeight ?? 0;
  const beyond = drag.at < top + EDGE ? drag.at - top - EDGE : Math.max(0, drag.at - innerHeight + EDGE);
  if (beyond) scrollBy(0, Math.sign(beyond) * Math.min(FASTEST, Math.abs(beyond) / 4));
  const list = document.querySelector(".windowed");
  drag.target = list && nearestGap(list, drag.at - list.getBoundingClientRect().top);
  if (drag.marker.parentNode !== list) list?.append(drag.marker);
  if (drag.target) drag.marker.style.transform = `translateY(${drag.target.y}px)`;
  requestAnimationFrame(frame);
}

/** The gap between jobs of the same priority that is nearest to `y`, as `{y, before | after}`. */
function nearestGap(list, y) {
  const priority = priorityOf(drag.ids[0]);
  const places = placesOf().filter(({ id }) => priorityOf(id) === priority);
  /** @type {{y: number, before?: number, after?: number}[]} */
  const gaps = places.map(({ id, top }) => ({ y: top, before: id }));
  const last = places.at(-1);
  if (last) gaps.push({ y: last.bottom, after: last.id });
  return gaps.sort((a, b) => Math.abs(a.y - y) - Math.abs(b.y - y))[0];
}

/** What is not moved itself and stands at a gap. */
function resolved({ before, after }) {
  const rest = next.ids.peek().filter((id) => !drag.moving.has(id) && priorityOf(id) === priorityOf(drag.ids[0]));
  if (after !== undefined) return drag.moving.has(after) ? { after: rest.at(-1) } : { after };
  if (!drag.moving.has(before)) return { before };
  const order = next.ids.peek();
  const following = order.slice(order.indexOf(before)).find((id) => rest.includes(id));
  return following === undefined ? { after: rest.at(-1) } : { before: following };
}

function end(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  const { ids, target } = drag;
  const place = ids && target && event.type === "pointerup" ? resolved(target) : null;
  stop();
  if (!ids) return;
  // The press on a link was no press.
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  if (place && (place.before ?? place.after) !== undefined) reorder(ids, place, moved(ids));
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function stop() {
  drag?.ghost?.remove();
  drag?.marker?.remove();
  delete document.documentElement.dataset.dragging;
  drag = null;
}

/** @type {() => {id: number, top: number, bottom: number}[]} */
let placesOf = () => [];

/** Begin to listen; `places` gives `{id, top, bottom}` of the jobs that come next, from the top of the list. */
export function startDragging(places) {
  placesOf = places;
  addEventListener("pointerdown", down);
  addEventListener("pointermove", move, { passive: false });
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  addEventListener("dragstart", (event) => drag && event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag?.ids) return;
    stop();
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}
