// A refusal of the server on one line.
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { Icon } from "./icons.js";

/** A refusal of the server, where a view has nothing else to show. */
export function ErrorLine({ error }) {
  return html`<p class="error-line" role="alert">
    <span class="state" data-tone="failed"><${Icon} name="alert" /></span>
    <span><strong>${sentence(error.message)}</strong> <span class="dim">${error.hint}</span></span>
  </p>`;
}
