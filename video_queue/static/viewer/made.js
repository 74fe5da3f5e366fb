// What an output is, and what it was made with.
import { urls } from "../lib/api.js";
import { duration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { bytes, shown } from "../lib/text.js";
import { Icon } from "../ui/icons.js";

export function Made({ side }) {
  const { artifact, view } = side;
  const prompt = side.prompt.value;
  const values = Object.entries(prompt.params);
  return html`
    <p class="view-facts dim num"><span>${facts(artifact, view.run)} · render <a href=${`#/jobs/${artifact.job_id}`}>${view.render}</a></span>
      <a class="button quiet" href=${urls.download(artifact.id)} download=${artifact.name}><${Icon} name="download" />Save</a></p>
    ${
      values.length > 0 &&
      html`<details class="view-values"><summary>Made with</summary>
        <dl class="facts">${values.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="wrap">${shown(value)}</dd></div>`)}</dl>
      </details>`
    }`;
}

function facts({ width, height, frames, fps, duration: seconds, bytes: size }, run) {
  return [
    width && height && `${width} × ${height}`,
    fps && `${Number(fps.toFixed(3))} fps`,
    run ? `${plural(run.frames, "picture")} in a row` : frames > 1 && plural(frames, "frame"),
    seconds && (seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds)),
    !run && bytes(size),
  ]
    .filter(Boolean)
    .join(" · ");
}
