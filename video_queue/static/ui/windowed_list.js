// A long list, a grid of rows with one cell each, that draws only those in view. It scrolls with the page, so the browser's own Space and Page keys
// work; `keep` names a row that must exist even unseen, because it has the focus.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { html } from "../lib/html.js";

const MARGIN = 400;

/** Where each row begins, and where the last one ends. */
export function offsetsOf(items, heightOf) {
  const offsets = new Float64Array(items.length + 1);
  for (let at = 0; at < items.length; at += 1) offsets[at + 1] = offsets[at] + heightOf(items[at]);
  return offsets;
}

/** The last row that begins at or above `y`. */
function rowAt(offsets, y) {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function WindowedList({ items, heightOf, renderRow, isChosen, keep, label, onSeen }) {
  const box = useRef(null);
  const range = useSignal([0, 30]);
  const offsets = useMemo(() => offsetsOf(items, heightOf), [items, heightOf]);

  const measure = () => {
    if (!box.current) return;
    const top = box.current.getBoundingClientRect().top;
    const first = rowAt(offsets, -top - MARGIN);
    const last = Math.min(items.length, rowAt(offsets, innerHeight - top + MARGIN) + 1);
    const [oldFirst, oldLast] = range.peek();
    if (first !== oldFirst || last !== oldLast) range.value = [first, last];
  };

  useEffect(() => {
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  });
  useLayoutEffect(measure);

  const [first, last] = range.value;
  const shown = [];
  for (let at = first; at < Math.min(last, items.length); at += 1) shown.push(at);
  const kept = keep ? items.findIndex((item) => item.key === keep) : -1;
  // In its order: the row with the focus is never moved among the others, which would make the browser scroll back to it.
  if (kept >= 0 && kept < first) shown.unshift(kept);
  else if (kept >= last) shown.push(kept);
  useEffect(() => onSeen?.(items.slice(first, last)), [first, last, items]);

  if (!items.length) return null;
  return html`<div class="windowed" ref=${box} role="grid" aria-multiselectable="true" aria-rowcount=${items.length} aria-label=${label} style=${{ height: `${offsets[items.length]}px` }}>
    ${shown.map(
      (at) => html`<div
        key=${items[at].key} role="row" class="windowed-row" aria-rowindex=${at + 1} aria-selected=${isChosen(items[at])}
        style=${{ transform: `translateY(${offsets[at]}px)`, height: `${offsets[at + 1] - offsets[at]}px` }}
      >${items[at].jobs ? renderRow(items[at]) : html`<div role="gridcell" class="windowed-cell">${renderRow(items[at])}</div>`}</div>`,
    )}
  </div>`;
}

/** Scroll the page so that the row from `top` to `bottom` of the list is in view below the sticky header. */
export function scrollToRow(list, top, bottom, covered) {
  const from = list.getBoundingClientRect().top;
  const margin = bottom - top;
  if (from + top < covered) scrollBy(0, from + top - covered - margin);
  else if (from + bottom > innerHeight) scrollBy(0, from + bottom + margin - innerHeight);
}
