// The sweep and seed editor: pick a parameter, give it values, ask for several seeds.
import { useSignal } from "@preact/signals";
import { html } from "../lib/html.js";
import { shown } from "../lib/text.js";
import { Complaint } from "./fields.js";
import { Icon, IconButton } from "../ui/icons.js";

export function VariationEditor({ variations, seedName, problemsAt }) {
  const free = variations.free();
  const add = (event) => {
    if (event.target.value) variations.add(event.target.value);
    event.target.value = "";
  };
  return html`<section class="variations" aria-label="Variations">
    <h2>Variations</h2>
    ${seedName && html`<${Seeds} variations=${variations} complaints=${problemsAt("seeds")} />`}
    ${variations.sweeps.value.map((sweep) => html`<${SweepRow} key=${sweep.id} sweep=${sweep} variations=${variations} complaints=${problemsAt("sweep", sweep.field.name)} />`)}
    ${
      free.length > 0 &&
      html`<div class="field" data-short>
        <label class="label" for="vary">Try several values of</label>
        <select id="vary" onChange=${add}>
          <option value="">Choose a setting</option>
          ${free.map((field) => html`<option key=${field.name} value=${field.name}>${field.title}</option>`)}
        </select>
      </div>`
    }
  </section>`;
}

function Seeds({ variations, complaints }) {
  return html`<div class="field" data-short>
    <label class="label" for="seeds">Seeds</label>
    <input
      type="text" id="seeds" class="number" placeholder="1" autocomplete="off" aria-describedby="seeds-help"
      value=${variations.seeds.value} onInput=${(event) => (variations.seeds.value = event.target.value)}
    />
    <p class="help" id="seeds-help">How many, or which: 4, or 11, 12, or 1..4.</p>
    ${complaints.map((text) => html`<${Complaint} key=${text} text=${text} />`)}
  </div>`;
}

function SweepRow({ sweep, variations, complaints }) {
  const { field } = sweep;
  const fixed = field.schema.enum ?? (field.ui.type === "bool" ? [true, false] : null);
  return html`<div class="field sweep" role="group" aria-label=${`Values of ${field.title}`}>
    <span class="label">${field.title}</span>
    <${IconButton} icon="cross" label=${`Do not vary ${field.title}`} onClick=${() => variations.remove(sweep)} />
    ${fixed ? html`<${FixedValues} sweep=${sweep} options=${fixed} />` : html`<${FreeValues} sweep=${sweep} />`}
    ${complaints.map((text) => html`<${Complaint} key=${text} text=${text} />`)}
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

function FreeValues({ sweep }) {
  const typed = useSignal("");
  const { field } = sweep;
  const numeric = field.ui.type === "int" || field.ui.type === "float";
  const add = () => {
    if (typed.value.trim()) sweep.add(typed.value);
    typed.value = "";
  };
  const key = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return html`<div class="chips">
    ${sweep.values.value.map(
      (value) => html`<button key=${value} type="button" class="chip" aria-label=${`Leave out ${shown(value)}`} onClick=${() => sweep.toggle(value)}>
        <span class="clip">${shown(value)}</span><${Icon} name="cross" size=${14} /></button>`,
    )}
    <span class="joined">
      <input
        type="text" aria-label=${`Another value of ${field.title}`} placeholder=${numeric ? "0.3, 0.5 or 1..4 by 1" : "another value"}
        autocomplete="off" value=${typed.value} onInput=${(event) => (typed.value = event.target.value)} onKeyDown=${key} onBlur=${add}
      />
      <button type="button" disabled=${!typed.value.trim()} onClick=${add}>Add</button>
    </span>
  </div>`;
}
