// Scenes as a strip of their frames: split at the frame that is shown, joined with the next, left out.
import { useEffect } from "preact/hooks";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { reviewUrls } from "../lib/review_api.js";
import { useActs } from "./acts.js";
import { Bar, Pieces } from "./bar.js";
import { Items } from "./items.js";
import { Shown } from "./shown.js";
import { playParts, useSource } from "./source.js";
import { exact } from "./words.js";

const CLOSER = 8;

/** Frames from `first` up to, not including, `end`, evenly spread. */
function spread(first, end, most) {
  const count = Math.min(most, end - first);
  return Array.from({ length: count }, (_, at) => first + Math.floor((at * (end - first)) / count));
}

const framesOf = ({ item }) => item.name || plural(item.end_frame - item.start_frame, "frame");

export function Filmstrip({ review }) {
  const view = review.view.value;
  const number = review.at.value;
  const scene = view.entries[number - 1].item;
  const source = useSource(view.source, { loop: false });
  const clip = source?.clip.value;
  useEffect(() => {
    if (clip) clip.stop(), clip.seek(scene.start_frame);
  }, [clip, scene.start_frame, scene.end_frame]);
  const acts = {
    ...review.actsOfPieces({
      canSplit: clip && scene.end_frame - scene.start_frame > 1,
      canJoin: number < view.entries.length,
      frame: () => clip.frame.peek(),
      first: scene.start_frame,
      last: scene.end_frame,
    }),
    around: () => clip && playParts(clip, [[scene.start_frame / clip.fps, scene.end_frame / clip.fps]]),
  };
  useActs(review, acts);
  const picture = ({ item }) => source && spread(item.start_frame, item.end_frame, 3).map((frame) => reviewUrls.small(source.file, frame));
  return html`<${Shown} review=${review} source=${source}>
      <p class="review-title"><strong>Scene ${number}</strong> <span class="dim num">frames ${scene.start_frame} to ${scene.end_frame - 1} · ${exact(scene.start ?? scene.start_frame / (clip?.fps ?? 24))}</span></p>
      ${source && html`<${Closer} source=${source} scene=${scene} />`}
    <//>
    <${Items} review=${review} label="Scenes" picture=${picture} words=${framesOf} />
    <${Bar} review=${review}><${Pieces} acts=${acts} /><//>`;
}

/** The scene one is at in more frames; a click goes to one. */
function Closer({ source, scene }) {
  const clip = source.clip.value;
  const frames = spread(scene.start_frame, scene.end_frame, CLOSER);
  const here = clip.frame.value;
  const shown = frames.findLast((frame) => frame <= here) ?? frames[0];
  return html`<div class="review-closer" role="group" aria-label="Frames of this scene">
    ${frames.map(
      (frame) => html`<button key=${frame} type="button" tabindex="-1" aria-label=${`Frame ${frame}`} aria-pressed=${frame === shown ? "true" : "false"} onClick=${() => (clip.stop(), clip.seek(frame))}>
        <img src=${reviewUrls.small(source.file, frame)} alt="" loading="lazy" /></button>`,
    )}
  </div>`;
}
