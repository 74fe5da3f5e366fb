// The spans of a review as the waveform has them: those that were found, as they were moved, and those that were drawn.
const EPSILON = 1e-6;

export class Spans {
  constructor(review) {
    this.review = review;
  }

  /** `[{number, start, end, off}]` by time; those that were drawn have numbers after the others. */
  get all() {
    const { view, draft, count } = this.review;
    const found = view.value.entries.map((_, at) => {
      const { start, end } = this.review.item(at + 1);
      return { number: at + 1, start, end, off: draft.choices.value[at + 1]?.do === "reject" };
    });
    const drawn = draft.added.value.map((span, at) => ({ ...span, number: count + at + 1, off: false, drawn: true }));
    return [...found, ...drawn].sort((a, b) => a.start - b.start);
  }

  get(number) {
    return this.all.find((span) => span.number === number) ?? null;
  }

  /** The span before or after the one with that number, by time. */
  beside(number, by) {
    const all = this.all;
    return all[all.findIndex((span) => span.number === number) + by] ?? null;
  }

  /** Give a span other times; steps of one drag or one edge are taken back together. */
  move(number, { start, end }, kind) {
    const { draft, count, view } = this.review;
    const words = `${view.peek().cut ? "Silence" : "Part"} ${number} is ${start.toFixed(2)} to ${end.toFixed(2)} s`;
    if (number > count) {
      const added = draft.added.peek().map((span, at) => (at === number - count - 1 ? { start, end } : span));
      draft.change({ added, words, kind, number });
    } else {
      const { item } = view.peek().entries[number - 1];
      const same = Math.abs(item.start - start) < EPSILON && Math.abs(item.end - end) < EPSILON;
      const choice = same ? { do: "approve" } : { do: "approve", with: { start, end } };
      draft.change({ choices: { ...draft.choices.peek(), [number]: choice }, words, kind, number });
    }
    return words;
  }

  /** A new span; its number. */
  draw(span) {
    const { draft, count } = this.review;
    const added = [...draft.added.peek(), span];
    draft.change({ added, words: `A new one at ${span.start.toFixed(2)} s`, number: count + added.length });
    return count + added.length;
  }

  /** Take a drawn span away again. */
  erase(number) {
    const { draft, count } = this.review;
    const added = draft.added.peek().filter((_, at) => at !== number - count - 1);
    draft.change({ added, words: "The new one is gone", number: 1 });
  }
}
