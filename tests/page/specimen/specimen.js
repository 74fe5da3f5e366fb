// Every component of the page in every state, drawn with the page's own modules and made-up rows. What floats is opened by
// the address: #dialog, #question, #number, #help, #menu, #toasts.
import { render } from "preact";
import { html } from "/lib/html.js";
import { picture } from "/state/table.js";
import { sheet } from "/ui/lazy.js";
import { Floating } from "/specimen/floating.js";
import { Forms } from "/specimen/forms.js";
import { Jobs } from "/specimen/jobs.js";
import { Parts } from "/specimen/parts.js";
import { Stills } from "/specimen/stills.js";

const SHEETS = ["later", "job", "rows", "forms", "scrub", "viewer", "pages", "figures"];

function Specimen() {
  return html`<main id="main" class="page specimen">
    <h1>Specimen</h1>
    <${Floating} what=${location.hash.slice(1)} />
    <${Parts} />
    <div class="queue" data-narrow=${innerWidth < 640 ? "" : undefined} style=${{ "--picture": `${picture.peek().width}px` }}><${Jobs} /><${Stills} /></div>
    <${Forms} />
  </main>`;
}

await Promise.all(SHEETS.map(sheet));
const root = document.getElementById("app");
render(html`<${Specimen} />`, root);
