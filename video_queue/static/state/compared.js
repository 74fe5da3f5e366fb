// A and B: two outputs that are marked to be compared. The second mark opens them side by side.
import { signal } from "@preact/signals";
import { go } from "../lib/router.js";
import { viewHref } from "../lib/view_router.js";

export const marks = signal({ a: null, b: null });

/** Mark an artifact as "a" or "b"; the same mark again takes it away. */
export function mark(which, id) {
  const other = which === "a" ? "b" : "a";
  const old = marks.peek();
  if (old[which] === id) {
    marks.value = { ...old, [which]: null };
    return;
  }
  const fresh = { ...old, [which]: id, ...(old[other] === id && { [other]: null }) };
  marks.value = fresh;
  if (fresh.a !== null && fresh.b !== null) go(viewHref(fresh.a, fresh.b));
}

/** The next mark that is free: A, then B; with both given B is moved. */
export const markNext = (id) => mark(marks.peek().a === null || marks.peek().a === id ? "a" : "b", id);

export const markOf = (id) => (marks.value.a === id ? "A" : marks.value.b === id ? "B" : "");

export function clearMarks() {
  marks.value = { a: null, b: null };
}
