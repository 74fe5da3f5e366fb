// The box that selects a job or a render: in all densities; with Shift the whole range since the last one.
import { html } from "../lib/html.js";
import { isSelected, pickOne } from "../state/selection.js";

export function Pick({ name, label, tabbable }) {
  return html`<button
    type="button" class="pick" role="checkbox" aria-checked=${isSelected(name) ? "true" : "false"} aria-label=${`Select ${label}`}
    title="Select (x)" tabindex=${tabbable ? 0 : -1} onClick=${(event) => pickOne(name, event.shiftKey)}
  ></button>`;
}
