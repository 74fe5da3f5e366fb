// The fields of a form in their groups, after the size of what is made; what is varied is varied in its field.
import { html } from "../lib/html.js";
import { FormField } from "./fields.js";
import { lazyPart } from "../ui/lazy.js";

const Seeds = lazyPart(() => import("./vary.js").then((module) => module.Seeds));

export function FieldSets({ draft }) {
  return html`${draft.ui.resolutions.length > 0 && html`<${Resolution} draft=${draft} />`}
    ${draft.form.groups().map((group) => html`<${Group} key=${group.name} group=${group} draft=${draft} />`)}
    ${draft.ui.seed && draft.form.field(draft.ui.seed)?.widget === "hidden" && html`<fieldset class="group"><legend>Seeds</legend><${SeedsOf} draft=${draft} /></fieldset>`}`;
}

function Group({ group: { name, plain, advanced }, draft }) {
  const { variations } = draft;
  const isVaried = (field) => variations.swept.value.has(field.name) || (field.name === draft.ui.seed && variations.seedsOpen.value);
  const field = (field) => html`<${FormField} key=${field.name} field=${field} variations=${variations} complaint=${complaintAt(draft, field)} />
    ${field.name === draft.ui.seed && variations.seedsOpen.value && html`<${SeedsOf} draft=${draft} />`}`;
  return html`<fieldset class="group">
    <legend>${name || "Settings"}</legend>
    <div class="fields">${plain.map(field)}</div>
    ${
      advanced.length > 0 &&
      html`<details class="advanced" open=${advanced.some((field) => field.submitted !== undefined || isVaried(field)) || plain.length === 0}>
        <summary>More of ${name || "these settings"}</summary>
        <div class="fields">${advanced.map(field)}</div>
      </details>`
    }
  </fieldset>`;
}

const complaintAt = (draft, field) => draft.problemsAt("params", field.name)[0] ?? draft.problemsAt("sweep", field.name)[0];
const SeedsOf = ({ draft }) => html`<${Seeds} variations=${draft.variations} complaints=${draft.problemsAt("seeds")} />`;

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
