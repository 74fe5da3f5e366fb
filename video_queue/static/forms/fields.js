// One field of a form: label, widget, unit, help and the server's complaint. The widget follows from x-ui alone.
import { html } from "../lib/html.js";
import { sentence } from "../lib/text.js";
import { lazyPart } from "../ui/lazy.js";

const VariedValues = lazyPart(() => import("./vary.js").then((module) => module.VariedValues));
const Combobox = lazyPart(() => import("./combobox.js").then((module) => module.Combobox));
const [ColorField, FilePath, FolderPath, MultiSelect, SeedField, SizeField] = ["ColorField", "FilePath", "FolderPath", "MultiSelect", "SeedField", "SizeField"].map(
  (name) => lazyPart(() => import("./rich_widgets.js").then((module) => module[name])),
);

function Text({ field, ...rest }) {
  return html`<input type="text" autocomplete="off" value=${field.shown.value ?? ""} placeholder=${field.ui.placeholder} onInput=${(event) => field.set(event.target.value)} ...${rest} />`;
}

function TextArea({ field, ...rest }) {
  return html`<textarea rows="4" placeholder=${field.ui.placeholder} value=${field.shown.value ?? ""} onInput=${(event) => field.set(event.target.value)} ...${rest}></textarea>`;
}

function NumberField({ field, ...rest }) {
  const whole = field.schema.type === "integer";
  return html`<input
    type="text" inputmode=${whole ? "numeric" : "decimal"} class="number" autocomplete="off"
    value=${field.shown.value ?? ""} placeholder=${field.ui.placeholder} onInput=${(event) => field.set(event.target.value)}
    ...${rest}
  />`;
}

function Slider({ field, id, ...rest }) {
  const { minimum = 0, maximum = 1, type } = field.schema;
  const step = field.ui.step ?? (type === "integer" ? 1 : Number(((maximum - minimum) / 100).toPrecision(1)));
  const set = (event) => field.set(event.target.value);
  return html`<span class="slider">
    <input type="range" id=${id} min=${minimum} max=${maximum} step=${step} value=${field.shown.value ?? minimum} onInput=${set} ...${rest} />
    <input
      type="text" inputmode="decimal" class="number" aria-label=${`${field.title} as a number`} value=${field.shown.value ?? ""}
      placeholder=${field.ui.placeholder} onInput=${set}
    />
  </span>`;
}

function Checkbox({ field, ...rest }) {
  return html`<input type="checkbox" checked=${Boolean(field.shown.value)} onChange=${(event) => field.set(event.target.checked)} ...${rest} />`;
}

function Select({ field, ...rest }) {
  const empty = field.schema.default === undefined;
  return html`<select value=${String(field.shown.value ?? "")} onChange=${(event) => field.set(event.target.value)} ...${rest}>
    ${empty && html`<option value="">${field.ui.placeholder ?? (field.ui.required ? "Choose" : "Not set")}</option>`}
    ${field.options.map((option) => html`<option key=${option} value=${String(option)}>${String(option)}</option>`)}
  </select>`;
}

/** The widgets of `ui.widget` (docs/workflow-files.md); any other is shown as text. */
const WIDGETS = {
  text: Text,
  textarea: TextArea,
  number: NumberField,
  slider: Slider,
  checkbox: Checkbox,
  select: Select,
  combobox: Combobox,
  multiselect: MultiSelect,
  seed: SeedField,
  resolution: SizeField,
  file: FilePath,
  folder: FolderPath,
  color: ColorField,
};

/** Widgets of several controls are named as a group; a <label> can name only one. */
const GROUPS = new Set(["multiselect"]);
const SHORT = new Set(["number", "seed", "color", "select", "resolution"]);

/** With `variations` it has a button beside its name that gives it several values. */
export function FormField({ field, complaint, variations }) {
  const id = `field-${field.name}`;
  const sweep = variations?.sweepOf(field);
  const described = [field.schema.description && `${id}-help`, complaint && `${id}-problem`].filter(Boolean).join(" ");
  const props = {
    field, id, "aria-describedby": described || undefined, "aria-invalid": complaint ? "true" : undefined,
    "aria-required": field.ui.required ? "true" : undefined,
  };
  const label = html`${field.title}${field.ui.required && html`<span class="dim"> (needed)</span>`}`;
  const Widget = WIDGETS[field.widget] ?? Text;
  const group = GROUPS.has(field.widget) || sweep;
  return html`<div
    class="field" data-widget=${sweep ? "varied" : field.widget} data-short=${SHORT.has(field.widget) && !sweep ? "" : undefined}
    role=${GROUPS.has(field.widget) && !sweep ? "group" : undefined} aria-labelledby=${GROUPS.has(field.widget) && !sweep ? `${id}-label` : undefined}
  >
    <span class="field-head">
      ${group ? html`<span class="label" id=${`${id}-label`}>${label}</span>` : html`<label class="label" for=${id}>${label}</label>`}
      ${variations?.canVary(field) && html`<${Vary} on=${Boolean(sweep)} title=${field.title} onClick=${() => (sweep ? variations.remove(sweep) : variations.add(field))} />`}
      ${variations && field.ui.type === "seed" && variations.seedName === field.name && html`<${Vary} on=${variations.seedsOpen.value} title=${field.title} onClick=${() => (variations.seedsOpen.value ? variations.closeSeeds() : variations.openSeeds("4"))} />`}
    </span>
    <div class="control">
      ${sweep ? html`<${VariedValues} sweep=${sweep} id=${id} />` : html`<${Widget} ...${props} />`}
      ${field.ui.unit && !sweep && html`<span class="unit dim">${field.ui.unit}</span>`}
    </div>
    ${field.schema.description && html`<p class="help" id=${`${id}-help`}>${field.schema.description}</p>`}
    ${complaint && html`<${Complaint} id=${`${id}-problem`} text=${complaint} />`}
  </div>`;
}

function Vary({ on, title, onClick }) {
  return html`<button type="button" class="quiet vary" aria-label=${`Vary ${title}`} aria-pressed=${on ? "true" : "false"} title="Several values, a render for each" onClick=${onClick}>Vary</button>`;
}

export function Complaint({ id, text }) {
  return html`<p class="complaint" id=${id}>${sentence(text)}</p>`;
}
