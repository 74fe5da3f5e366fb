// A side as it is seen: the video or picture of its clip, filling the frame that it is put into.
import { html } from "../lib/html.js";
import { percent } from "../lib/format.js";
import { VideoClip } from "./clips.js";

const NEAR = 0.06;

/**
 * `muted`: of clips that play together one is heard. `before` is shown over it where it is given.
 * @param {{side: any, muted?: boolean, before?: any}} props
 */
export function Picture({ side, muted = false, before = null }) {
  const clip = side.clip.value;
  const name = side.input ? `The input of ${side.artifact.name}` : side.artifact.name;
  return html`<div class="view-picture">
    ${
      clip instanceof VideoClip
        ? html`<video key=${clip.url} ref=${clip.attach} src=${clip.url} muted=${muted} playsinline preload="auto" aria-label=${name}></video>`
        : html`<img src=${clip.shown.value} alt=${name} onLoad=${(event) => fit(event.target, shapeOf(side))} />`
    }
    ${before && html`<img class="view-before" onLoad=${(event) => fit(event.target, shapeOf(side))} src=${before.shown.value} alt=${`Before: the input at frame ${before.frame.value}`} />`}
    ${side.proxy.value && html`<${Proxy} proxy=${side.proxy.value} />`}
    ${clip.failed.value && html`<p class="view-note">It cannot be shown. Was the file moved?</p>`}
  </div>`;
}

/** Graphs cut a clip to sizes of their own; where the shapes are nearly one, both lie exactly over each other. */
function fit(image, shape) {
  const near = Math.abs(image.naturalWidth / image.naturalHeight / shape - 1) < NEAR;
  image.style.objectFit = near ? "fill" : "contain";
}

function Proxy({ proxy }) {
  if (proxy.message) return html`<p class="view-note">${proxy.message}</p>`;
  return html`<p class="view-note"><span class="num">Making a version that plays here · ${percent(proxy.progress)}</span> <span class="dim">Frames can be stepped meanwhile.</span></p>`;
}

/** The shape of a side's frame, reserved before anything is loaded. */
export function shapeOf({ artifact }) {
  return artifact.width && artifact.height ? artifact.width / artifact.height : 16 / 9;
}
