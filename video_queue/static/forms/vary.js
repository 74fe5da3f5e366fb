// Several values in the place of one: the values of a varied field, and how many seeds.
import { useSignal } from "@preact/signals";
import { html } from "../lib/html.js";
import { shown } from "../lib/text.js";
import { Icon } from "../ui/icons.js";

const HINTS = { int: "4, 8 or 1..10 by 3", float: "0.3, 0.5 or 0.2..0.8 by 0.2" };

/** The values of a sweep, in the place of the field's own control. */
export function VariedValues({ sweep, id }) {
  const { field } = sweep;
  const fixed = field.schema.enum ?? (field.ui.type === "bool" ? [true, false] : null);
  return html`<div class="varied" role="group" aria-label=${`Values of ${field.title}`}>
    ${fixed ? html`<${FixedValues} sweep=${sweep} options=${fixed} />` : html`<${FreeValues} sweep=${sweep} id=${id} />`}
  </div>`;
}

function FixedValues({ sweep, options }) {
  const chosen = sweep.values.value;
  return html`<div class="chips">
    ${options.map(
      (option) => html`<button
        key=${option} type="button" class="chip" aria-pressed=${chosen.includes(option) ? "true" : "false"}
        onClick=${() => sweep.toggle(option)}
      >${chosen.includes(option) && html`<${Icon} name="check" size=${14} />`}${shown(option)}</button>`,
    )}
  </div>`;
}

function FreeValues({ sweep, id }) {
  const typed = useSignal("");
  const { field } = sweep;
  const add = () => {
    if (typed.value.trim()) sweep.add(typed.value);
    typed.value = "";
  };
  const key = (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    add();
  };
  const entry = {
    id, "aria-label": `Another value of ${field.title}`, placeholder: HINTS[field.ui.type] ?? "another value", autocomplete: "off",
    value: typed.value, onInput: (event) => (typed.value = event.target.value), onKeyDown: key, onBlur: add,
  };
  return html`<div class="chips">
    ${sweep.values.value.map(
      (value) => html`<button key=${value} type="button" class="chip" aria-label=${`Leave out ${shown(value)}`} onClick=${() => sweep.toggle(value)}>
        <span class="clip">${shown(value)}</span><${Icon} name="cross" size=${14} /></button>`,
    )}
    <span class="joined">
      ${field.widget === "textarea" ? html`<textarea rows="2" ...${entry}></textarea>` : html`<input type="text" ...${entry} />`}
      <button type="button" disabled=${!typed.value.trim()} onClick=${add}>Add</button>
    </span>
  </div>`;
}

export function Seeds({ variations, complaints }) {
  return html`<div class="seeds">
    <label class="label" for="seeds">Seeds</label>
    <input
      type="text" id="seeds" class="number" placeholder="1" autocomplete="off" aria-describedby="seeds-help"
      value=${variations.seeds.value} onInput=${(event) => (variations.seeds.value = event.target.value)}
    />
    <p class="help" id="seeds-help">How many, or which: 4, or 11, 12, or 1..4.</p>
    ${complaints.map((text) => html`<p key=${text} class="complaint">${text}</p>`)}
  </div>`;
}
