// One render as a picture: grey while it is to come, alive while it runs, in colour when it is made, with a red edge
// where it failed. Words stand in a corner only where there is a reason.
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { chosenRender, liveRender, renderProgress, runningRender } from "../state/store.js";
import { isSelected } from "../state/selection.js";
import { STATES } from "../lib/words.js";
import { lazyPart } from "../ui/lazy.js";
import { Poster } from "../ui/poster.js";

const Marks = lazyPart(() => import("./marks.js").then((module) => module.Marks));

/** @param {{job: Page.Live, cell: Api.Cell, at?: any, tabbable?: any}} props */
export function Cell({ job, cell, at, tabbable }) {
  if (!cell) return html`<span class="cell" data-state="queued"></span>`;
  const running = cell.state === "running" && runningRender(cell.id);
  const preview = running && liveRender(cell.id).preview.value;
  const words = `Render ${at + 1}: ${STATES[cell.state].word.toLowerCase()}${cell.mark ? `, ${cell.mark.replaceAll("_", " ")}` : ""}${cell.rating ? `, ${cell.rating} stars` : ""}`;
  // What is made is looked at; the number of a poster is that of its artifact.
  const seen = cell.state === "succeeded" && typeof cell.poster === "number" ? jobHref(job.id).replace(/jobs.\d+/, `view/${cell.poster}`) : jobHref(job.id);
  const place = cell.state === "review" ? `#/review/${cell.id}` : seen;
  const ref = `${job.id}.${at + 1}`;
  const choose = () => {
    chosenRender.value = { job: job.id, index: at + 1 };
  };
  return html`<a
    class="cell" href=${place} data-at=${at} data-render=${ref} data-selected=${isSelected(ref) ? "" : undefined} data-state=${running || cell.state !== "running" ? cell.state : "queued"}
    tabindex=${tabbable ? 0 : -1} title=${words} onClick=${choose}
  >
    <span class="hidden">${words}</span>
    ${preview ? html`<img src=${preview} alt="" />` : html`<${Poster} poster=${cell.poster} />`}
    ${running && html`<span class="cell-progress" style=${{ transform: `scaleX(${renderProgress(running)})` }}></span>`}
    ${(cell.mark || cell.rating || cell.state === "review") && html`<${Marks} cell=${cell} />`}
  </a>`;
}
