// One render in a grid: grey until it is made, blue while it is, in colour when it is done.
import { useRef } from "preact/hooks";
import { urls } from "../lib/api.js";
import { html } from "../lib/html.js";
import { route } from "../lib/router.js";
import { viewUrls } from "../lib/view_api.js";
import { openViewer, viewed } from "../lib/view_router.js";
import { markNext, markOf } from "../state/compared.js";
import { liveRender, queue, renderProgress } from "../state/store.js";
import { Icon } from "../ui/icons.js";
import { Scrub } from "../ui/scrub.js";
import { STEP } from "./grid.js";

const WORDS = { queued: "waits", running: "renders now", review: "wants your eye", succeeded: "done", failed: "failed", cancelled: "cancelled" };
const ICONS = { review: "eye", failed: "alert", cancelled: "slash" };

/** What is seen of a render in progress: its preview, and how far it is. */
function Live({ index }) {
  const job = Number(route.value.rest[0]);
  const prompt = queue.value?.running.find((running) => running.job_id === job && running.index === index);
  if (!prompt) return null;
  const preview = liveRender(prompt.id).preview.value;
  return html`${preview && html`<img class="grid-preview" src=${preview} alt="" width="128" height="72" />`}
    <span class="grid-progress" style=${{ width: `${renderProgress(prompt) * 100}%` }}></span>`;
}

/** A cell that is drawn again only when something of it is another: scrolling draws hundreds of them. */
export function Cell(props) {
  const kept = useRef(null);
  const old = kept.current?.props;
  if (!old || Object.keys(props).some((name) => props[name] !== old[name])) kept.current = { props, drawn: html`<${DrawnCell} ...${props} />` };
  return kept.current.drawn;
}

/** `grid` has `focus(place)` and `pick(cell)`. */
function DrawnCell({ cell, input, block, row, column, focused, label, picked, grid }) {
  const place = { block, row, column };
  const style = { transform: `translateX(${column * STEP}px)` };
  const at = `${block}.${row}.${column}`;
  const onFocus = () => grid.focus(place);
  const onPick = () => grid.pick(cell);
  const tab = focused ? "0" : "-1";
  if (!cell) return html`<span role="gridcell" aria-colindex=${column + 2} class="matrix-cell" style=${style}><span class="grid-none" data-at=${at} tabindex=${tab} aria-label=${`${label}: no render`}></span></span>`;
  const [index, , , , state, artifact, rating, rejected] = cell;
  const letter = artifact ? markOf(artifact) : "";
  const looked = artifact && viewed.value.split(",").includes(String(artifact));
  const words = [WORDS[state], rating > 0 && `${rating} stars`, rejected && "rejected", letter && `marked ${letter}`].filter(Boolean).join(", ");
  const click = (event) => (event.ctrlKey || event.metaKey || !artifact ? onPick() : openViewer(artifact));
  return html`<span role="gridcell" aria-colindex=${column + 2} aria-selected=${picked ? "true" : "false"} class="matrix-cell" style=${style}>
    <button
      type="button" class="grid-cell" data-at=${at} data-artifact=${artifact ?? ""} data-state=${state} data-picked=${picked ? "" : undefined} data-looked=${looked ? "" : undefined} data-rejected=${rejected ? "" : undefined}
      tabindex=${tab} aria-label=${`${label}: ${words}`} onClick=${click} onFocus=${onFocus}
    >
      ${artifact ? html`<${Scrub} id=${artifact}><img src=${urls.thumbnail(artifact)} alt="" loading="lazy" decoding="async" width="128" height="72" /><//>` : input && html`<img class="grid-input" src=${viewUrls.input(input)} alt="" loading="lazy" decoding="async" width="128" height="72" />`}
      ${state === "running" && html`<${Live} index=${index} />`}
      ${letter && html`<span class="letter">${letter}</span>`}
      ${ICONS[state] && html`<span class="grid-mark" data-tone=${state}><${Icon} name=${ICONS[state]} size=${12} /></span>`}
      ${rating > 0 && html`<span class="grid-stars num">★ ${rating}</span>`}
    </button>
    ${artifact && html`<button type="button" class="grid-letter" tabindex="-1" aria-label=${`Mark to compare: ${label}`} title="Mark to compare (A, B)" onClick=${() => markNext(artifact)}>${letter ? "–" : "A/B"}</button>`}
  </span>`;
}
