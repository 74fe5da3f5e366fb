// The values of a form, drawn from the JSON Schema alone: one signal per field.
// An untouched field is left out, so the submission names only what differs from the defaults.
import { computed, signal } from "@preact/signals";

const NUMERIC = new Set(["integer", "number"]);

class Field {
  constructor(name, schema, value) {
    this.name = name;
    this.schema = schema;
    this.ui = schema["x-ui"] ?? {};
    this.widget = this.ui.widget ?? "text";
    this.title = schema.title ?? name;
    this.options = schema.enum ?? schema.examples ?? schema.items?.enum ?? schema.items?.examples ?? [];
    /** The entered value; undefined while it is the default. */
    this.value = signal(value);
    this.touched = signal(value !== undefined);
    this.shown = computed(() => this.value.value ?? schema.default);
  }

  set(value) {
    this.value.value = value;
    this.touched.value = true;
  }

  reset() {
    this.value.value = undefined;
    this.touched.value = false;
  }

  /** One entered value as a JSON value: numbers are typed as text and kept as typed while they are not whole. */
  typed(value) {
    if (typeof value !== "string") return value;
    if (this.schema.enum) return this.schema.enum.find((option) => String(option) === value) ?? value;
    if (NUMERIC.has(this.schema.type)) return numberOf(value);
    return this.ui.type === "seed" ? seedOf(value) : value;
  }

  /** The value in the submission; undefined to leave it out. */
  get submitted() {
    const value = this.value.value;
    if (value === undefined) return undefined;
    const plainText = this.ui.type === "text";
    if (value === "" && !plainText) return undefined;
    const typed = this.typed(value);
    return JSON.stringify(typed) === JSON.stringify(this.schema.default) ? undefined : typed;
  }
}

export function numberOf(text) {
  const plain = text.trim().replace(",", ".");
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : text;
}

/** Seeds reach 2^64-1: what a double cannot hold exactly stays text. */
export function seedOf(text) {
  const plain = text.trim();
  if (!/^[0-9]+$/.test(plain)) return plain;
  return Number.isSafeInteger(Number(plain)) ? Number(plain) : plain;
}

export class FormModel {
  constructor(schema, values = {}) {
    this.schema = schema;
    this.ui = schema["x-ui"] ?? {};
    this.fields = Object.entries(schema.properties ?? {})
      .map(([name, property]) => new Field(name, property, values[name]))
      .sort((a, b) => (a.ui.order ?? 0) - (b.ui.order ?? 0));
    /** Whether anything differs from the defaults. */
    this.changed = computed(() => this.fields.some((field) => field.submitted !== undefined));
  }

  field(name) {
    return this.fields.find((field) => field.name === name);
  }

  /** `visible_if: {other: value}` or a list of values: all of it must hold. */
  isVisible(field) {
    if (field.widget === "hidden") return false;
    return Object.entries(field.ui.visible_if ?? {}).every(([name, wanted]) => {
      const other = this.field(name)?.shown.value ?? null;
      return [wanted].flat().some((option) => String(option) === String(other));
    });
  }

  /** The groups in order, each with its visible fields; advanced ones apart. */
  groups() {
    const visible = this.fields.filter((field) => this.isVisible(field));
    const names = [...new Set([...(this.ui.groups ?? []), ...visible.map((field) => field.ui.group ?? "")])];
    return names
      .map((name) => {
        const mine = visible.filter((field) => (field.ui.group ?? "") === name);
        return { name, plain: mine.filter((f) => !f.ui.advanced), advanced: mine.filter((f) => f.ui.advanced) };
      })
      .filter((group) => group.plain.length + group.advanced.length);
  }

  /** `params` of the submission, without those in `except` (they are swept). */
  params(except) {
    const params = this.fields
      .filter((field) => !except.has(field.name) && (this.isVisible(field) || field.widget === "hidden"))
      .map((field) => [field.name, field.submitted])
      .filter(([, value]) => value !== undefined);
    return Object.fromEntries(params);
  }

  reset() {
    for (const field of this.fields) field.reset();
  }
}
