// What is new after a night as tiles, one for each job. Arrow keys walk through them; a tile that was walked over, or
// opened, was seen.
import { useLayoutEffect, useRef } from "preact/hooks";
import { number, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { viewHref } from "../lib/view_router.js";
import { Poster } from "../ui/poster.js";

const STEPS = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 };

/** @param {{made: Api.NewOutputs[], onSeen?: any}} props */
export function NewOutputs({ made, onSeen }) {
  const grid = useRef(null);
  useLayoutEffect(() => {
    const walk = (event) => {
      const away = event.target !== document.body && !grid.current?.contains(event.target);
      if (away || event.ctrlKey || event.metaKey || event.altKey) return;
      const tiles = [...(grid.current?.querySelectorAll(".tile") ?? [])];
      const to = target(tiles, event.key);
      if (!to) return;
      event.preventDefault();
      to.focus();
    };
    // Before the page's own keys, which move in the queue.
    addEventListener("keydown", walk, true);
    return () => removeEventListener("keydown", walk, true);
  }, []);
  if (!made.length) return null;
  const unseen = made.filter((item) => !item.seen);
  return html`<section class="part" aria-labelledby="new-outputs">
    <div class="part-head">
      <h2 id="new-outputs">New <span class="num dim">${unseen.length ? number(unseen.length) : "all seen"}</span></h2>
      <span class="seen-place">${unseen.length > 0 && html`<button type="button" class="quiet" onClick=${() => onSeen(unseen.map((item) => item.job_id))}>Mark all as seen</button>`}</span>
    </div>
    <ul class="tiles" ref=${grid}>${made.map((item) => html`<${Tile} key=${item.job_id} item=${item} onSeen=${onSeen} />`)}</ul>
  </section>`;
}

/** Where a key leads; down and up to the tile nearest below or above. The first key begins at what was not seen. */
function target(tiles, key) {
  const at = tiles.indexOf(document.activeElement);
  if (at < 0) return key in STEPS || key === "ArrowDown" ? (tiles.find((tile) => !("seen" in tile.dataset)) ?? tiles[0]) : null;
  if (key in STEPS) return tiles[at + STEPS[key]];
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  return tiles[at + (key === "ArrowDown" ? columns : -columns)];
}

function Tile({ item, onSeen }) {
  const seen = () => onSeen([item.job_id]);
  return html`<li>
    <a class="tile" href=${viewHref(item.artifacts[0])} data-seen=${item.seen ? "" : undefined} onBlur=${seen} onClick=${seen}>
      <span class="tile-pictures" data-count=${Math.min(4, item.artifacts.length)}>${item.artifacts.map((id) => html`<span key=${id}><${Poster} poster=${id} /></span>`)}</span>
      <span class="tile-name clip">${item.name}</span>
      <span class="small dim num">${plural(item.files, "file")}${!item.seen && html`<span class="tile-new">New</span>`}</span>
    </a>
  </li>`;
}
