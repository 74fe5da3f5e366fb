// What an output is, and what it was made with.
import { urls } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { fileFacts, shown } from "../lib/text.js";
import { Icon } from "../ui/icons.js";

export function Made({ side }) {
  const { artifact, view } = side;
  const prompt = side.prompt.value;
  // The size of a run's first picture says nothing of the run.
  const facts = view.run ? fileFacts({ ...artifact, bytes: null }, `${plural(view.run.frames, "picture")} in a row`) : fileFacts(artifact);
  const values = Object.entries(prompt.params);
  return html`
    <p class="view-facts dim num"><span>${facts} · render <a href=${`#/jobs/${artifact.job_id}`}>${view.render}</a></span>
      <a class="button quiet" href=${urls.download(artifact.id)} download=${artifact.name}><${Icon} name="download" />Save</a></p>
    ${
      values.length > 0 &&
      html`<details class="view-values"><summary>Made with</summary>
        <dl class="facts">${values.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="wrap">${shown(value)}</dd></div>`)}</dl>
      </details>`
    }`;
}
