// The fields of a form in their groups, after the size of what is made.
import { html } from "../lib/html.js";
import { FormField } from "./fields.js";

export function FieldSets({ draft }) {
  return html`${draft.ui.resolutions.length > 0 && html`<${Resolution} draft=${draft} />`}<${Groups} draft=${draft} />`;
}

function Groups({ draft }) {
  const swept = draft.variations.swept.value;
  const field = (field) => html`<${FormField} key=${field.name} field=${field} swept=${swept.has(field.name)} complaint=${draft.problemsAt("params", field.name)[0]} />`;
  return draft.form.groups().map(
    ({ name, plain, advanced }) => html`<fieldset key=${name} class="group">
      <legend>${name || "Settings"}</legend>
      <div class="fields">${plain.map(field)}</div>
      ${
        advanced.length > 0 &&
        html`<details class="advanced" open=${advanced.some((field) => field.submitted !== undefined) || plain.length === 0}>
          <summary>More of ${name || "these settings"}</summary>
          <div class="fields">${advanced.map(field)}</div>
        </details>`
      }
    </fieldset>`,
  );
}

function Resolution({ draft }) {
  const complaint = draft.problemsAt("resolution")[0];
  return html`<fieldset class="group">
    <legend>Resolution</legend>
    <div class="fields">
      <div class="field" data-short>
        <label class="label" for="resolution">Size</label>
        <select id="resolution" value=${draft.resolution.value} onChange=${(event) => (draft.resolution.value = event.target.value)}>
          <option value="">As the workflow says</option>
          ${draft.ui.resolutions.map((size) => html`<option key=${size} value=${size}>${size === "input" ? "As the input" : size.replace("x", " × ")}</option>`)}
        </select>
        ${complaint && html`<p class="complaint">${complaint}</p>`}
      </div>
      <label class="check">
        <input type="checkbox" checked=${draft.flip.value} onChange=${(event) => (draft.flip.value = event.target.checked)} />
        Swap width and height
      </label>
    </div>
  </fieldset>`;
}
