// The sheet of a clip over its thumbnail, at the moment that the pointer says. Fetched with the first of them.
import { signal } from "@preact/signals";
import { html } from "../lib/html.js";
import { viewApi } from "../lib/view_api.js";
import { sheet as styleSheet } from "./lazy.js";

const KEPT = 300;
const sheets = new Map();

void styleSheet("scrub");

/** A signal of the sheet of an artifact (null: none known); asked for once. */
function sheetOf(id) {
  if (!sheets.has(id)) {
    const sheet = signal(null);
    sheets.set(id, sheet);
    if (sheets.size > KEPT) sheets.delete(sheets.keys().next().value);
    viewApi.sheet(id).then(
      (layout) => {
        const image = new Image();
        image.onload = () => {
          sheet.value = layout;
        };
        image.src = layout.url;
      },
      () => undefined,
    );
  }
  return sheets.get(id);
}

/** `at` is 0..1 of the clip. */
export function ScrubCell({ id, at }) {
  const layout = sheetOf(id).value;
  if (!layout || layout.count < 2) return null;
  const cell = Math.floor(at * layout.count);
  const rows = Math.ceil(layout.count / layout.columns);
  const share = (place, many) => (many > 1 ? `${(place / (many - 1)) * 100}%` : "0%");
  const style = {
    backgroundImage: `url("${layout.url}")`,
    backgroundSize: `${layout.columns * 100}% ${rows * 100}%`,
    backgroundPosition: `${share(cell % layout.columns, layout.columns)} ${share(Math.floor(cell / layout.columns), rows)}`,
    aspectRatio: `${layout.width} / ${layout.height}`,
  };
  return html`<span class="scrub-cell"><span class="scrub-picture" style=${style}></span><span class="scrub-at" style=${{ left: `${at * 100}%` }}></span></span>`;
}
