// The widgets that need more than one native control: multiselect, seed, size, colour, paths.
import { html } from "../lib/html.js";
import { Icon, IconButton } from "../ui/icons.js";
import { useOptions } from "./options.js";
import { PathInput } from "./path_input.js";

export function MultiSelect({ field, disabled }) {
  const { options } = useOptions(field);
  const chosen = field.shown.value ?? [];
  const toggle = (option) =>
    field.set(chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option]);
  return html`<div class="chips">
    ${options.map(
      (option) => html`<button
        key=${option} type="button" class="chip" disabled=${disabled} aria-pressed=${chosen.includes(option) ? "true" : "false"}
        onClick=${() => toggle(option)}
      >${chosen.includes(option) && html`<${Icon} name="check" size=${14} />`}${String(option)}</button>`,
    )}
    ${!options.length && html`<span class="dim">Nothing to choose from yet.</span>`}
  </div>`;
}

const MOST_SEEDS = 2 ** 31 - 1;

/** Within the parameter's range, and below 2^31, which most nodes take. */
function drawSeed(schema) {
  const { minimum = 0, maximum = MOST_SEEDS } = schema.anyOf?.[0] ?? {};
  const end = Math.max(minimum, Math.min(maximum, MOST_SEEDS));
  return minimum + Math.floor(Math.random() * (end - minimum + 1));
}

export function SeedField({ field, ...rest }) {
  const value = field.shown.value;
  const random = value === undefined || value === "random";
  const draw = () => field.set(String(drawSeed(field.schema)));
  return html`<span class="joined">
    <input
      type="text" inputmode="numeric" class="number seed" autocomplete="off" placeholder="random" value=${random ? "" : String(value)}
      onInput=${(event) => field.set(event.target.value.trim() || "random")} ...${rest}
    />
    <${IconButton} icon="dice" label="Draw a seed" onClick=${draw} disabled=${rest.disabled} />
    ${!random && html`<button type="button" class="quiet" onClick=${() => field.set("random")}>Random</button>`}
  </span>`;
}

const SIZE = /^\s*([0-9]*)\s*[x×]?\s*([0-9]*)\s*$/;

export function SizeField({ field, id, disabled, ...rest }) {
  const value = field.shown.value;
  const text = value && typeof value === "object" ? `${value.width}x${value.height}` : (value ?? "");
  const [, width = "", height = ""] = SIZE.exec(text) ?? [];
  const set = (w, h) => field.set(w || h ? `${w}x${h}` : "");
  return html`<span class="joined">
    <input type="text" inputmode="numeric" class="number" id=${id} value=${width} disabled=${disabled} placeholder="width" onInput=${(event) => set(event.target.value, height)} ...${rest} />
    <span aria-hidden="true">×</span>
    <input type="text" inputmode="numeric" class="number" aria-label=${`${field.title}, height`} value=${height} disabled=${disabled} placeholder="height" onInput=${(event) => set(width, event.target.value)} />
    <${IconButton} icon="swap" label="Swap width and height" disabled=${disabled} onClick=${() => set(height, width)} />
  </span>`;
}

const HEX = /^#[0-9a-f]{6}$/i;

export function ColorField({ field, id, disabled, ...rest }) {
  const value = String(field.shown.value ?? "");
  return html`<span class="joined">
    <input type="color" aria-label=${`${field.title}, pick`} value=${HEX.test(value) ? value : "#000000"} disabled=${disabled} onInput=${(event) => field.set(event.target.value)} />
    <input type="text" class="number mono" id=${id} autocomplete="off" placeholder=${field.ui.placeholder ?? "#rrggbb"} value=${value} disabled=${disabled} onInput=${(event) => field.set(event.target.value.trim())} ...${rest} />
  </span>`;
}

const PathField = ({ field, mode, ...rest }) => html`<${PathInput} mode=${mode} placeholder=${field.ui.placeholder} value=${field.shown.value ?? ""} set=${(path) => field.set(path)} ...${rest} />`;
export const FilePath = (props) => html`<${PathField} mode="file" ...${props} />`;
export const FolderPath = (props) => html`<${PathField} mode="folder" ...${props} />`;

