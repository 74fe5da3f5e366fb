// One render's review: where one is in it, and what can be decided. Nothing here draws.
import { signal } from "@preact/signals";
import { toastError } from "../ui/toasts.js";
import { decisionsOf, Draft } from "../state/review_draft.js";
import { reviewApi } from "../lib/review_api.js";
import { saidOf } from "./words.js";

/** What is judged one after the other; spans and texts are gone over as a whole. */
const ONE_BY_ONE = new Set(["files", "scenes", "values"]);

export class Review {
  /** `done` is called when all is decided, `say` with what was. */
  constructor(view, { draft, done, say }) {
    this.view = signal(view);
    this.draft = draft ?? new Draft(view);
    this.done = done;
    this.say = say;
    this.busy = signal(false);
    this.parts = new Set();
    /** Whether it is the one that is judged now. */
    this.open = false;
    /** @type {() => unknown} */
    this.undoLast = () => undefined;
    this.at = signal(1);
    this.at.value = this.firstLeft(0) ?? 1;
  }

  get id() {
    return this.view.peek().prompt_id;
  }

  get count() {
    return this.view.peek().entries.length;
  }

  get oneByOne() {
    return ONE_BY_ONE.has(this.view.peek().of);
  }

  item(number = this.at.peek()) {
    const { item } = this.view.peek().entries[number - 1];
    const edited = this.draft.choices.value[number]?.with;
    return edited && !Array.isArray(edited) && typeof edited === "object" ? { ...item, ...edited } : item;
  }

  /** Whether an item is joined to one before it. */
  joined(number) {
    return this.draft.choices.value[number - 1]?.do === "merge";
  }

  isDecided(number) {
    return Boolean(this.draft.choices.value[number]) || this.joined(number);
  }

  numbers() {
    return Array.from({ length: this.count }, (_, at) => at + 1);
  }

  /** The first item after `number` that is not decided, from the beginning again after the last. */
  firstLeft(number) {
    const left = this.numbers().filter((other) => !this.isDecided(other));
    return left.find((other) => other > number) ?? left[0] ?? null;
  }

  move(by) {
    const next = this.at.peek() + by;
    if (next < 1 || next > this.count) return;
    this.at.value = next;
  }

  decide(choice, number = this.at.peek()) {
    if (this.busy.peek() || number > this.count) return;
    const { choices } = this.draft;
    const words = saidOf(this.view.peek(), number, choice);
    const kept = choice.do === "approve" && choices.peek()[number]?.do !== "split" ? choices.peek()[number]?.with : undefined;
    this.draft.change({ choices: { ...choices.peek(), [number]: kept ? { ...choice, with: kept } : choice }, words, number });
    this.say(words);
    if (!this.oneByOne) return;
    const left = this.firstLeft(number);
    if (left === null) this.done(this);
    else this.at.value = left;
  }

  /** Approve what is left, and be done. */
  rest() {
    if (this.busy.peek()) return;
    const { choices } = this.draft;
    const left = this.numbers().filter((number) => !this.isDecided(number));
    if (left.length) {
      const approved = Object.fromEntries(left.map((number) => [number, { do: "approve" }]));
      this.draft.change({ choices: { ...choices.peek(), ...approved }, words: `The other ${left.length} are approved` });
    }
    this.done(this);
  }

  /** Scenes are split and joined at once; what a worker has to cut waits until all is decided. */
  get atOnce() {
    const view = this.view.peek();
    return view.of === "scenes" && !view.between.length;
  }

  /** Send one split or join with all decisions so far, and read what came of it; `inverse` takes it back. */
  async edit(decision, inverse) {
    if (this.busy.peek()) return false;
    const { choices, known } = this.draft;
    const before = { number: this.at.peek(), choices: choices.peek(), history: this.draft.history.peek() };
    this.busy.value = true;
    try {
      const touched = new Set([decision.item, ...(decision.with ?? [])]);
      const others = Object.fromEntries(Object.entries(choices.peek()).filter(([number]) => !touched.has(Number(number))));
      const decisions = [...decisionsOf(others, this.count, known), decision];
      await reviewApi.act(this.id, { action: "review", decisions });
      this.take(await reviewApi.view(this.id), before.history);
    } catch (error) {
      toastError(error);
      return false;
    } finally {
      this.busy.value = false;
    }
    if (inverse) {
      const back = async () => {
        if (!(await this.edit(inverse, null))) return;
        this.draft.put(before.choices, []);
        this.at.value = before.number;
      };
      this.draft.note({ words: saidOf(this.view.peek(), decision.item, decision), number: before.number, back });
    }
    return true;
  }

  /** What S and M do at the item one is at: `frame()` is the one that is shown, of `first` up to `last`. */
  actsOfPieces({ canSplit, canJoin, frame, first, last }) {
    const acts = {};
    const number = this.at.peek();
    if (canSplit) {
      acts.split = () => {
        const at = frame();
        if (!(first < at && at < last)) return void this.say("Go to the frame that the second part begins with");
        if (!this.atOnce) return this.decide({ do: "split", at_frame: at });
        return void this.edit({ item: number, do: "split", at_frame: at }, { item: number, do: "merge", with: [number + 1] });
      };
    }
    if (canJoin) {
      acts.merge = () => {
        if (!this.atOnce) return this.decide({ do: "merge" });
        return void this.edit({ item: number, do: "merge", with: [number + 1] }, { item: number, do: "split", at_frame: this.item(number).end_frame });
      };
    }
    return acts;
  }

  take(view, history) {
    this.view.value = view;
    this.draft = new Draft(view);
    this.draft.history.value = history;
  }

  async undo() {
    const step = await this.draft.undo();
    if (!step) return false;
    if (step.number) this.at.value = step.number;
    this.say(`Taken back: ${step.words}`);
    return true;
  }

  /** The action that says all of it. */
  get action() {
    const { of, cut, entries } = this.view.peek();
    const added = this.draft.added.peek();
    const choices = { ...this.draft.choices.peek() };
    if (!this.oneByOne) for (const number of this.numbers()) choices[number] ??= { do: "approve" };
    const approved = this.numbers().filter((number) => choices[number]?.do === "approve");
    const fresh = decisionsOf(choices, entries.length, this.draft.known);
    const decisions = fresh.length ? fresh : decisionsOf(choices, entries.length);
    if (of !== "spans" || !(added.length || (cut && !approved.length))) return { action: "review", decisions };
    const spans = approved.map((number) => ({ ...entries[number - 1].item, ...choices[number].with }));
    const result = { approved: [...spans, ...added].sort((a, b) => a.start - b.start) };
    return approved.length ? { action: "review", decisions, result } : { action: "approve", items: [], result };
  }
}
