// A small picture of an artifact, or an icon where it has none.
import { urls } from "../lib/api.js";
import { html } from "../lib/html.js";
import { KINDS } from "../lib/words.js";
import { Icon } from "./icons.js";

/** 64 x 36; decorative, because the name is beside it. */
export function Thumbnail({ artifact, fallback = "film" }) {
  const pictured = artifact && (artifact.kind === "video" || artifact.kind === "image");
  return html`<span class="thumb">
    ${
      pictured
        ? html`<img src=${urls.thumbnail(artifact.id)} alt="" loading="lazy" decoding="async" width="64" height="36" />`
        : html`<${Icon} name=${artifact ? KINDS[artifact.kind].icon : fallback} />`
    }
  </span>`;
}
