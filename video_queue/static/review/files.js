// Clips and pictures (or plain values) that are judged one after the other: the one that is due is shown, all lie below.
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { reviewUrls } from "../lib/review_api.js";
import { useActs } from "./acts.js";
import { Bar, Pieces } from "./bar.js";
import { Items } from "./items.js";
import { Shown } from "./shown.js";
import { useSource } from "./source.js";
import { nameOf } from "./words.js";

/** The frames an item can be split at. */
const splits = (item) => item?.path && item.frames > 1;

export function Files({ review }) {
  const view = review.view.value;
  const number = review.at.value;
  const entry = view.entries[number - 1];
  const source = useSource(entry?.file);
  const clip = source?.clip.value;
  useEffect(() => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (clip?.element && navigator.userActivation?.hasBeenActive && !calm) clip.play(1);
  }, [clip]);
  const acts = review.actsOfPieces({
    canSplit: splits(entry?.item) && clip,
    canJoin: splits(entry?.item) && splits(view.entries[number]?.item),
    frame: () => clip.frame.peek(),
    first: 0,
    last: entry?.item?.frames,
  });
  useActs(review, acts);
  const facts = entry?.file?.kind === "video" && entry.item.frames ? `${entry.item.frames} frames` : "";
  return html`<${Shown} review=${review} source=${source}>
      <p class="review-title"><strong class="wrap">${nameOf(view, number)}</strong>${facts && html` <span class="dim num">${facts}</span>`}</p>
    <//>
    ${view.entries.length > 1 && html`<${Items} review=${review} label="What is judged" picture=${picture} />`}
    <${Bar} review=${review}><${Pieces} acts=${acts} /><//>`;
}

/** A small picture of an item. */
function picture({ item, file }) {
  if (!file || file.kind === "audio") return null;
  const middle = file.kind === "video" ? Math.floor((item.frames ?? 1) / 2) : 0;
  return [reviewUrls.small(file, middle)];
}
