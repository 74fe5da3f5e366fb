// What is looked at above the items: the picture or the sound of a source, with the viewer's controls and keys.
import { html } from "../lib/html.js";
import { Icon } from "../ui/icons.js";
import { Controls, shuttle, toggle } from "../viewer/controls.js";
import { Picture, shapeOf } from "../viewer/stage.js";
import { useActs } from "./acts.js";

export function Shown({ review, source, children }) {
  const clip = source?.clip.value;
  const acts = clip && { toggle: () => toggle(clip), shuttle: (key) => shuttle(clip, key), step: (key) => clip.step(key === "," ? -1 : 1) };
  useActs(review, acts ?? {});
  if (!source) return html`<div class="view-main"><p class="review-blind dim"><${Icon} name="eye" />There is no picture of it.</p>${children}</div>`;
  const sound = source.file.kind === "audio";
  return html`<div class="view-main">
    ${
      sound
        ? html`<audio ref=${clip.attach} src=${clip.url} preload="auto" aria-label=${source.artifact.name}></audio>`
        : html`<div class="view-stage" style=${{ "--shape": shapeOf(source) }} onClick=${() => toggle(clip)}>
            <${Picture} side=${source} /></div>`
    }
    <${Controls} clip=${clip} />
    ${children}
  </div>`;
}
