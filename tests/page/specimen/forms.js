// Each widget of a form, plain and with a complaint, and the viewer's controls.
import { signal } from "@preact/signals";
import { html } from "/lib/html.js";
import { FormField } from "/forms/fields.js";
import { FormModel } from "/state/form_model.js";
import { Variations } from "/state/variations.js";
import { PictureClip } from "/viewer/clips.js";
import { Controls } from "/viewer/controls.js";
import { Notes } from "/viewer/notes.js";
import { prompt, SCHEMA } from "/specimen/made_up.js";
import { Group, Show } from "/specimen/show.js";

const plain = new FormModel(SCHEMA);
const variations = new Variations(plain);
const numbers = plain.field("number");
if (numbers) variations.add(numbers);
// The same fields once more need other names: those are the ids of their labels.
const wrong = new FormModel({ ...SCHEMA, properties: Object.fromEntries(Object.entries(SCHEMA.properties).map(([name, property]) => [`${name}-wrong`, property])) });
const clip = new PictureClip((frame) => `/api/artifacts/3/picture?frame=${frame}`, { fps: 24, frames: 48 });
const playing = new PictureClip((frame) => `/api/artifacts/3/picture?frame=${frame}`, { fps: 24, frames: 48 });
playing.rate.value = -2;
/** @type {[string, Partial<Api.Prompt>][]} */
const RATED = [["no stars", {}], ["four stars and tags", { rating: 4, tags: ["client", "keep"] }], ["rejected", { tags: ["rejected"] }]];

export function Forms() {
  return html`
    <${Group} title="Fields">
      ${plain.fields.map((field) => html`<${Show} key=${field.name} of="FormField" as=${field === numbers ? "varied" : field.widget} wide><${FormField} field=${field} variations=${variations} /><//>`)}
      ${wrong.fields.map((field) => html`<${Show} key=${field.name} of="FormField" as=${`${field.widget}, with a complaint`} wide><${FormField} field=${field} complaint="must be something else" /><//>`)}
    <//>
    <${Group} title="The viewer">
      <${Show} of="Controls" as="stands" wide><${Controls} clip=${clip} /><//>
      <${Show} of="Controls" as="plays backwards" wide><${Controls} clip=${playing} /><//>
      ${RATED.map(([as, more]) => html`<${Show} key=${as} of="Notes" as=${as} wide><${Notes} prompt=${signal(prompt("succeeded", 601, more))} /><//>`)}
    <//>`;
}
