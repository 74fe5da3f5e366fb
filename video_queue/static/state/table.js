// How jobs lie on the table: the size of a picture, which grows with the window, and small jobs beside one another, so that
// a row is full of pictures.
import { computed, signal } from "@preact/signals";

/** The width of the list. */
export const width = signal(innerWidth);
const PADDING = 32;
const GAP = 4;
/** Between two jobs in a row. */
const BESIDE = 20;
/** The least room for a job's words, in a narrow list (all there is) and in a wide one. */
const LEAST = [Infinity, 300];
const SIZES = [
  [2000, 192],
  [1000, 160],
  [0, 128],
];

const pictureWidth = computed(() => SIZES.find(([from]) => width.value >= from)?.[1] ?? 128);

/** A picture in the list, 16 : 9, and how far it is to the next. */
export const picture = computed(() => ({ width: pictureWidth.value, height: (pictureWidth.value / 16) * 9, step: pictureWidth.value + GAP }));

export const inner = computed(() => width.value - PADDING);

const least = computed(() => Math.min(inner.value, LEAST[width.value < 640 ? 0 : 1]));

/** So many jobs of one render lie in a row. */
export const perRow = computed(() => Math.max(1, Math.floor((inner.value + BESIDE) / (least.value + BESIDE))));

/** Jobs `{total, ...}` in rows, each with `left` and `width`. Its neighbours do not matter, so that one more moves nothing. */
export function inRows(jobs) {
  /** @type {any[][]} */
  const rows = [];
  let left = 0;
  for (const job of jobs) {
    const needs = Math.min(inner.value, Math.max(least.value, job.total * picture.value.step - GAP));
    if (!rows.length || left + needs > inner.value) {
      rows.push([]);
      left = 0;
    }
    rows[rows.length - 1].push({ ...job, left, width: needs });
    left += needs + BESIDE;
  }
  return rows;
}
