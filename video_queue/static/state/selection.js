// What is selected of the queue, by number, so that events change nothing of it: jobs ("12") and renders ("12.3"), or
// all jobs that match the filter, which the server finds.
import { computed, signal } from "@preact/signals";
import { filter } from "../lib/router.js";

/** The numbers that are selected; of `whole` those that are left out. */
export const picked = signal(new Set());
/** `{total, newest}` while all jobs that match are selected: how many, and the last that counts. */
export const whole = signal(null);

export const selectedCount = computed(() => (whole.value ? whole.value.total - picked.value.size : picked.value.size));

export function isSelected(name) {
  const known = picked.value.has(name);
  return whole.value ? !known && !name.includes(".") && Number(name) <= whole.value.newest : known;
}

export function pick(names, on) {
  const rest = new Set(picked.peek());
  for (const name of names) {
    if (on === Boolean(whole.peek())) rest.delete(name);
    else rest.add(name);
  }
  if (whole.peek() && rest.size >= whole.peek().total) clearSelection();
  else picked.value = rest;
}

export function pickWhole(what) {
  picked.value = new Set();
  whole.value = what;
}

export function clearSelection() {
  if (!selectedCount.peek() && !whole.peek()) return false;
  pickWhole(null);
  return true;
}

let anchor = null;
let order = () => [];

/** How the list is asked for the jobs that it shows, from top to bottom. */
export function setOrder(list) {
  order = list;
}

/** Select one or let it go; as a `range`, all from the last one to this. */
export function pickOne(name, range) {
  const names = range && anchor !== null ? between(anchor, name) : null;
  if (names) pick(names, true);
  else pick([name], !isSelected(name));
  anchor = name;
}

/** The names from one to another, where both are jobs of the list or renders of one job. */
function between(first, last) {
  const [[job, from], [other, to]] = [first.split("."), last.split(".")];
  if (from && to && job === other) {
    const [low, high] = [Number(from), Number(to)].sort((a, b) => a - b);
    return Array.from({ length: high - low + 1 }, (_, at) => `${job}.${low + at}`);
  }
  const all = order();
  const [low, high] = [all.indexOf(first), all.indexOf(last)].sort((a, b) => a - b);
  return low < 0 ? null : all.slice(low, high + 1);
}

// Another filter shows other jobs: what was selected among the old ones is let go.
let words = JSON.stringify(filter.peek());
filter.subscribe((now) => {
  const fresh = JSON.stringify(now);
  if (fresh !== words) clearSelection();
  words = fresh;
});
