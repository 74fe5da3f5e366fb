// One line below the header: a mark, what is so, what to do about it, and a button.
import { html } from "../lib/html.js";
import { Icon } from "./icons.js";

export function Strip({ tone, text, way, button, icon = "alert" }) {
  return html`<div class="strip" data-tone=${tone}>
    <span class="state" data-tone=${tone}><${Icon} name=${icon} /></span>
    <p><strong>${text}</strong> <span class="dim">${way}</span></p>
    ${button}
  </div>`;
}
