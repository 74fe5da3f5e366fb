// What can be done with the renders of a grid that are selected: stars, reject, compare.
import { html } from "../lib/html.js";
import { plural } from "../lib/format.js";
import { go, route } from "../lib/router.js";
import { viewApi } from "../lib/view_api.js";
import { viewHref } from "../lib/view_router.js";
import { server } from "../lib/more_api.js";
import { toastError } from "../ui/toasts.js";
import { GlyphButton } from "./glyphs.js";
import { rejecting, turned } from "./notes.js";

const MOST = 4;

/** The key of a number gives a cell stars, X rejects it or takes that back. */
export const noteCell = (cell, key) => changeAll([cell], key === "x" ? turned : () => ({ rating: Number(key) })).catch(toastError);

/** Change the notes of each render, one after the other; tags of each stay as they are. */
async function changeAll(cells, changesOf) {
  const job = route.peek().rest[0];
  for (const [index] of cells) {
    const prompt = await server.prompt(`${job}.${index}`);
    await viewApi.note(prompt.id, changesOf(prompt));
  }
}

export function Selection({ blocks, selected, onChanged }) {
  const cells = blocks.flatMap((block) => block.rows.flatMap((row) => row.cells)).filter((cell) => selected.value.has(cell[0]));
  if (!cells.length) return null;
  const shown = cells.flatMap((cell) => cell[5] ?? []);
  const clear = () => {
    selected.value = new Set();
  };
  const change = (changesOf) => changeAll(cells, changesOf).then(onChanged, toastError);
  return html`<div class="matrix-selection" role="region" aria-label="Selected renders">
    <strong class="num">${plural(cells.length, "render")}</strong>
    <span class="stars" role="group" aria-label="Stars for all">${[1, 2, 3, 4, 5].map((stars) => html`<${GlyphButton} key=${stars} name="star" label=${stars === 1 ? "1 star" : `${stars} stars`} onClick=${() => change(() => ({ rating: stars }))} />`)}</span>
    <button type="button" onClick=${() => change(rejecting)}>Reject</button>
    ${shown.length > 1 && shown.length <= MOST && html`<button type="button" class="primary" onClick=${() => go(viewHref(...shown))}>Compare</button>`}
    <button type="button" class="quiet" onClick=${clear}>Clear</button>
  </div>`;
}
