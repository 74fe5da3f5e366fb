// Sweeps and seeds of a submission: which values vary, as typed, and as the submission has them.
import { computed, signal } from "@preact/signals";
import { numberOf, seedOf } from "./form_model.js";

const NUMERIC = new Set(["int", "float"]);
const RANGE = /^\s*(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)(?:\s+by\s+([\d.]+))?\s*$/;
const MOST = 1000;
let counter = 0;

class Sweep {
  constructor(field, values = []) {
    counter += 1;
    this.id = counter;
    this.field = field;
    this.values = signal(values);
  }

  toggle(value) {
    const old = this.values.peek();
    this.values.value = old.includes(value) ? old.filter((other) => other !== value) : [...old, value];
  }

  /** Add what was typed: for numbers "0.3, 0.5" or "0.2..0.8 by 0.2", for anything else one value as it is. */
  add(text) {
    const values = NUMERIC.has(this.field.ui.type) ? numbers(text) : [this.field.typed(text)];
    const all = [...new Set([...this.values.peek(), ...values])];
    this.values.value = all.every(Number.isFinite) ? all.sort((a, b) => a - b) : all;
  }
}

function numbers(text) {
  const range = RANGE.exec(text);
  if (!range) return text.split(/[,;\s]+/).filter(Boolean).map(numberOf);
  const [first, last, by] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)];
  if (!(by > 0)) return [text];
  const many = Math.min(MOST, Math.floor(Math.abs(last - first) / by + 1e-9) + 1);
  return Array.from({ length: many }, (_, at) => Number((first + Math.sign(last - first) * at * by).toFixed(6)));
}

export class Variations {
  constructor(form, submission = {}) {
    this.form = form;
    this.seedName = form.ui.seed;
    const swept = Object.entries(submission.sweep ?? {}).filter(([name]) => form.field(name));
    this.sweeps = signal(swept.map(([name, values]) => new Sweep(form.field(name), values)));
    this.seeds = signal(seedText(submission.seeds));
    /** Whether several seeds are asked for, though none may be said yet. */
    this.seedsOpen = signal(this.seeds.peek() !== "");
    this.swept = computed(() => new Set(this.sweeps.value.map((sweep) => sweep.field.name)));
  }

  /** Vary as a preset says, where it says so. */
  take({ sweep, seeds }) {
    const swept = Object.entries(sweep).filter(([name]) => this.form.field(name));
    if (swept.length) this.sweeps.value = swept.map(([name, values]) => new Sweep(this.form.field(name), values));
    if (seeds !== null) this.openSeeds(seedText(seeds));
  }

  /** Whether a field can have several values. */
  canVary(field) {
    return field.ui.sweepable !== false && field.ui.type !== "seed" && field.widget !== "hidden";
  }

  sweepOf(field) {
    return this.sweeps.value.find((sweep) => sweep.field === field);
  }

  /** Vary a field from the value on that it has. */
  add(field) {
    const value = field.typed(field.shown.peek() ?? "");
    this.sweeps.value = [...this.sweeps.peek(), new Sweep(field, value === "" || typeof value === "object" ? [] : [value])];
  }

  openSeeds(text) {
    this.seeds.value = text;
    this.seedsOpen.value = true;
  }

  closeSeeds() {
    this.seeds.value = "";
    this.seedsOpen.value = false;
  }

  remove(sweep) {
    this.sweeps.value = this.sweeps.peek().filter((other) => other !== sweep);
  }

  /** `sweep` and `seeds` of the submission; empty ones are left out. */
  values() {
    const filled = this.sweeps.value.filter((sweep) => sweep.values.value.length);
    const sweep = Object.fromEntries(filled.map((sweep) => [sweep.field.name, sweep.values.value]));
    const seeds = parseSeeds(this.seeds.value);
    return { ...(filled.length && { sweep }), ...(seeds !== undefined && { seeds }) };
  }

  /** The factors of the number of renders, for the line that explains it. */
  factors() {
    const factors = this.sweeps.value
      .filter((sweep) => sweep.values.value.length)
      .map((sweep) => ({ count: sweep.values.value.length, one: sweep.field.title, many: `values of ${sweep.field.title}` }));
    const seeds = countSeeds(parseSeeds(this.seeds.value));
    return seeds > 1 ? [...factors, { count: seeds, one: "seed", many: "seeds" }] : factors;
  }
}

const seedText = (seeds) => (seeds === null || seeds === undefined ? "" : [seeds].flat().join(", "));

/** "4": that many; "1..4": a range; "7, 8": a list; empty: the seed of the form. */
export function parseSeeds(text) {
  const plain = text.trim();
  if (!plain) return undefined;
  if (/^[0-9]{1,6}$/.test(plain)) return Number(plain);
  if (plain.includes("..")) return plain;
  return plain.split(/[,;\s]+/).filter(Boolean).map(seedOf);
}

export function countSeeds(seeds) {
  if (seeds === undefined) return 1;
  if (typeof seeds === "number") return seeds;
  if (Array.isArray(seeds)) return seeds.length;
  const [first, last] = seeds.split("..").map(Number);
  return Number.isFinite(last - first) ? last - first + 1 : 1;
}
