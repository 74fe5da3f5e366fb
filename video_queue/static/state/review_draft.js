// What is decided in a review and not sent yet: kept in this browser, with every step back. Numbers of items are from 1.
import { signal } from "@preact/signals";
import { recall, remember } from "../lib/remembered.js";

const placeOf = (id) => `review.${id}`;

/** A short name for what is asked; decisions on other items are not of this review. @param {Api.ReviewView} view */
function keyOf(view) {
  let hash = 0;
  for (const letter of JSON.stringify(view.entries.map((entry) => entry.item))) hash = (hash * 31 + Number(letter.codePointAt(0))) | 0;
  return `${view.entries.length}-${hash}`;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {Api.ReviewView} view */
function knownOf(view) {
  const known = {};
  view.entries.forEach(({ decision }, at) => {
    if (!decision) return;
    const { item: _item, ...choice } = decision;
    known[at + 1] = choice;
  });
  return known;
}

export function forgetDraft(id) {
  remember(placeOf(id), undefined);
}

export class Draft {
  constructor(view) {
    this.id = view.prompt_id;
    this.key = keyOf(view);
    this.known = knownOf(view);
    const kept = recall(placeOf(this.id), null);
    const mine = kept?.key === this.key ? kept : {};
    /** `{number: {do, at_frame?, with?}}` */
    this.choices = signal(mine.choices ?? this.known);
    /** Spans that were not found but drawn: `[{start, end}]`. */
    this.added = signal(mine.added ?? []);
    this.history = signal([]);
  }

  get changed() {
    return this.added.value.length > 0 || !same(this.choices.value, this.known);
  }

  /** Put other choices in place; `words` say what that was, steps of one `kind` on end count as one. */
  change({ choices = this.choices.peek(), added = this.added.peek(), words = "", kind = null, number = null }) {
    const last = this.history.peek().at(-1);
    if (!kind || last?.kind !== kind) this.note({ words, kind, number, choices: this.choices.peek(), added: this.added.peek() });
    this.put(choices, added);
  }

  /** Something to be taken back: earlier choices, or what `back` does. */
  note(step) {
    this.history.value = [...this.history.peek(), step].slice(-500);
  }

  put(choices, added) {
    this.choices.value = choices;
    this.added.value = added;
    const differs = added.length > 0 || !same(choices, this.known);
    remember(placeOf(this.id), differs ? { key: this.key, choices, added } : undefined);
  }

  /** The step that was taken back; null where there is none. */
  async undo() {
    const step = this.history.peek().at(-1);
    if (!step) return null;
    this.history.value = this.history.peek().slice(0, -1);
    if (step.back) await step.back();
    else this.put(step.choices, step.added);
    return step;
  }
}

/** What is sent: a joined item is named by the one it joins; what the server knows already is left out. */
export function decisionsOf(choices, count, known = {}) {
  const decisions = [];
  for (let number = 1; number <= count; number += 1) {
    const choice = choices[number];
    if (!choice) continue;
    if (choice.do !== "merge") {
      if (!same(choice, known[number])) decisions.push({ item: number, ...choice });
      continue;
    }
    const first = number;
    const others = [];
    while (choices[number]?.do === "merge" && number < count) others.push(++number);
    decisions.push({ item: first, do: "merge", with: others });
  }
  return decisions;
}
