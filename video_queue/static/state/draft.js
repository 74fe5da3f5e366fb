// An unsent submission: form, files, variations and options of one workflow, and the server's preview of it.
// The preview is read again a moment after each change; problems are shown at their field.
import { batch, computed, effect, signal } from "@preact/signals";
import { server } from "../lib/more_api.js";
import { taking } from "./dropped.js";
import { FormModel } from "./form_model.js";
import { InputFiles } from "./input_files.js";
import { recall, remember } from "../lib/remembered.js";
import { Variations } from "./variations.js";

const TYPING = 300;

/** Keys of a submission that the form has fields for. */
const IN_FORM = new Set([
  "workflow", "inputs", "input_dir", "recursive", "params", "sweep", "seeds", "resolution", "flip", "output_dir", "if_exists", "review",
  "run_order", "name", "tags", "priority", "front", "held", "reuse", "after", "limit",
]);
/** What the other keys are when nobody said anything. The key of a first submission would only give its job again. */
const PLAIN = { glob: null, rows: [], note: "", not_before: null, dedupe: true };
const ONCE = "idempotency_key";

function carriedBy(from) {
  const others = Object.entries(from).filter(([key]) => !IN_FORM.has(key) && key !== ONCE);
  return Object.fromEntries(others.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(PLAIN[key])));
}

export class Draft {
  constructor(schema, from = {}) {
    const ui = schema["x-ui"];
    this.workflow = ui.workflow;
    this.title = schema.title;
    this.ui = ui;
    const remembered = from.params ? {} : recall(`form.${ui.workflow}`, {});
    this.form = new FormModel(schema, { ...remembered, ...from.params });
    this.wasRemembered = signal(Object.keys(remembered).length > 0);
    this.variations = new Variations(this.form, from);
    this.slots = slotsOf(ui).map(([slot, spec]) => new InputFiles(slot, spec, ui.extensions[spec.kind]));
    this.resolution = signal(from.resolution ?? "");
    this.flip = signal(from.flip ?? false);
    this.name = signal(from.name ?? "");
    this.options = Object.fromEntries(
      Object.entries({ priority: 0, front: false, held: false, recursive: false, if_exists: "version", run_order: "", limit: 0, output_dir: "", tags: [], after: [], review: false, reuse: true }).map(
        ([key, plain]) => [key, signal(from[key] ?? plain)],
      ),
    );
    /** A time of the day (22:00): the job begins when it is that next. */
    this.beginsAt = signal("");
    /** What the submission said besides, kept as it was until the artist takes it away. */
    this.carried = signal(carriedBy(from));
    fillInputs(this.slots, from);
    /** Whether submit was tried: from then on missing values are problems too. */
    this.tried = signal(false);
    this.answer = signal(null);
    this.uploading = computed(() => taking.value > 0 || this.slots.some((slot) => slot.uploading.value));
    this.submission = computed(() => this.assemble());
  }

  assemble() {
    const { variations } = this;
    const options = Object.entries(this.options).map(([key, { value }]) => [key, value]);
    const set = options.filter(([key, value]) => (key === "reuse" ? !value : isSaid(value)));
    return {
      ...this.carried.value,
      workflow: this.workflow,
      ...this.inputs(),
      params: this.form.params(variations.swept.value),
      ...variations.values(),
      ...(this.resolution.value && { resolution: this.resolution.value }),
      ...(this.flip.value && { flip: true }),
      ...(this.name.value.trim() && { name: this.name.value.trim() }),
      ...Object.fromEntries(set),
      ...(this.beginsAt.value && { not_before: nextTime(this.beginsAt.value) }),
    };
  }

  inputs() {
    if (!this.slots.length) return {};
    const folder = this.slots.map((slot) => slot.folder.value).find(Boolean);
    const filled = this.slots.filter((slot) => slot.paths.value.length);
    const named = this.ui.slots
      ? Object.fromEntries(filled.map((slot) => [slot.slot, slot.paths.value]))
      : this.slots[0].paths.value;
    return { inputs: named, ...(folder && { input_dir: folder }) };
  }

  /** Read the preview after each change: `{prompts, problems, warnings, estimate}`. Returns a function that stops it. */
  follow() {
    let timer = 0;
    let asked = null;
    const stop = effect(() => {
      const submission = this.submission.value;
      clearTimeout(timer);
      timer = setTimeout(async () => {
        asked?.abort();
        asked = new AbortController();
        try {
          this.answer.value = await server.preview(submission, asked.signal);
        } catch (error) {
          if (error.name !== "AbortError") this.answer.value = refused(error);
        }
      }, TYPING);
    });
    return () => {
      clearTimeout(timer);
      asked?.abort();
      stop();
    };
  }

  /** `more` are keys of this one submission: the first renders alone. */
  async submit(more = {}) {
    this.tried.value = true;
    try {
      const job = await server.submit({ ...this.submission.peek(), ...more });
      const { params } = this.submission.peek();
      remember(`form.${this.workflow}`, Object.keys(params).length ? params : undefined);
      return job;
    } catch (error) {
      if (!error.problems?.length) throw error;
      this.answer.value = refused(error);
      return null;
    }
  }

  /** Put the values of a preset into the form; what it does not name stays. */
  apply(preset) {
    batch(() => {
      for (const [name, value] of Object.entries(preset.params)) this.form.field(name)?.set(value);
      this.variations.take(preset);
      if (preset.resolution) this.resolution.value = preset.resolution;
      if (preset.flip) this.flip.value = true;
      if (preset.not_before) this.beginsAt.value = preset.not_before;
      if (preset.note) this.carried.value = { ...this.carried.peek(), note: preset.note };
      for (const [key, option] of Object.entries(this.options)) {
        const value = preset[key];
        if (value === false ? key === "reuse" : value !== undefined && isSaid(value)) option.value = value;
      }
    });
  }

  /** The files of a folder in the place of the inputs; it is chosen first, beginning where the first of them lies. */
  takeFolder() {
    const [slot] = this.slots;
    if (!slot) return;
    const [first] = slot.paths.peek();
    if (first) remember("folder", first.replace(/[\\/][^\\/]*$/, ""));
    slot.clear();
    slot.pickFirst = true;
  }

  /** A job of one dropped folder is called by it, unless it has a name. */
  nameByFolder() {
    const folders = new Set(this.slots.flatMap((slot) => slot.entries.peek().map((entry) => entry.folder)));
    const [folder] = folders;
    if (folders.size === 1 && folder && !this.name.peek()) this.name.value = folder;
  }

  leaveOut(key) {
    const { [key]: _, ...rest } = this.carried.peek();
    this.carried.value = rest;
  }

  toDefaults() {
    this.form.reset();
    this.wasRemembered.value = false;
    remember(`form.${this.workflow}`, undefined);
  }

  /** The messages of problems whose place begins with `loc`; those of untouched fields are left out. */
  problemsAt(...loc) {
    return this.problems()
      .filter((problem) => loc.every((part, at) => String(problem.loc[at]) === String(part)))
      .map((problem) => problem.message);
  }

  /** The problem of the n-th path of a slot, at `inputs, n` or `inputs, slot, n`. */
  inputProblem(inputs, index) {
    const loc = inputs.slot ? ["inputs", inputs.slot, index] : ["inputs", index];
    return index < 0 ? undefined : this.problemsAt(...loc)[0];
  }

  problems() {
    const problems = this.answer.value?.problems ?? [];
    return this.tried.value ? problems : problems.filter((problem) => !this.isUntouched(problem));
  }

  isUntouched({ loc }) {
    if (loc[0] === "params") return !this.form.field(String(loc[1]))?.touched.value;
    if (loc[0] === "sweep") return !this.variations.sweeps.value.find(({ field }) => field.name === loc[1])?.values.value.length;
    return loc[0] === "inputs" && !this.slots.some((slot) => slot.entries.value.length);
  }
}

/** Whether an option differs from what is so anyway. */
/** When clocks here show `22:00` next, as an ISO moment. */
function nextTime(text) {
  const [hours, minutes] = text.split(":").map(Number);
  const moment = new Date();
  if (moment.getHours() * 60 + moment.getMinutes() >= hours * 60 + minutes) moment.setDate(moment.getDate() + 1);
  moment.setHours(hours, minutes, 0, 0);
  return moment.toISOString();
}

function isSaid(value) {
  return value !== null && value !== "" && value !== false && value !== 0 && value !== "version" && value.length !== 0;
}

function slotsOf(ui) {
  if (ui.slots) return Object.entries(ui.inputs);
  return ui.inputs.kind === "none" ? [] : [["", ui.inputs]];
}

/**
 * @param {InputFiles[]} slots
 * @param {any} from
 */
function fillInputs(slots, { inputs = [], input_dir: folder }) {
  for (const slot of slots) {
    const mine = Array.isArray(inputs) ? inputs.map((item) => (typeof item === "string" ? item : item[slot.slot])) : inputs[slot.slot];
    for (const path of [mine ?? []].flat(2)) if (path) slot.addPath(path);
  }
  if (folder && slots.length) slots[0].addPaths([{ path: folder, name: folder, kind: "folder" }]);
}

function refused(error) {
  const problems = error.problems.length ? error.problems : [{ loc: [], code: error.code, message: `${error.message}. ${error.hint}` }];
  return { prompts: 0, sample: [], estimate: {}, problems, warnings: [] };
}
