// Beside the list, below a grid or as large as the window: one output, or up to four that are compared.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { go } from "../lib/router.js";
import { besideHref, viewed } from "../lib/view_router.js";
import { ErrorLine } from "../ui/error_line.js";
import { IconButton } from "../ui/icons.js";
import { lazyPart, sheet } from "../ui/lazy.js";
import { openSides } from "./sides.js";

// It is a drawer as that of a job.
await Promise.all([sheet("job"), sheet("viewer")]);
const Viewer = lazyPart(() => import("./viewer.js").then((module) => module.Viewer));
const Compare = lazyPart(() => import("./compare.js").then((module) => module.Compare));

/** When what is beside it is drawn again. */
const SOON = 50;

/** Whether it fills the window; stays while the page does. */
export const full = signal(false);

/** Where in the clips of a job one was last, in seconds: the next output is seen at the same moment. */
let last = { job: null, moment: 0 };

function remember(sides) {
  const [{ artifact, clip }] = sides;
  last = { job: artifact.job_id, moment: clip.peek().frame.peek() / clip.peek().fps };
}

/** The keyboard is where it was: at the picture that was looked at. */
function backTo(id) {
  document.querySelector(`.grid-cell[data-artifact="${id}"], .cell[href*="/view/${id}"]`)?.focus();
}

export function Dock({ below = false }) {
  const names = viewed.value;
  const sides = useSignal(null);
  const failure = useSignal(null);
  useEffect(() => {
    let gone = false;
    let opened = [];
    failure.value = null;
    openSides(names.split(",").filter(Boolean)).then(
      (fresh) => {
        opened = fresh;
        if (last.job === fresh[0]?.artifact.job_id) fresh.forEach((side) => side.startAt(last.moment));
        if (gone) fresh.forEach((side) => side.close());
        else sides.value = { names, list: fresh };
      },
      (error) => {
        if (!gone) failure.value = error;
      },
    );
    return () => {
      gone = true;
      if (opened.length) remember(opened);
      opened.forEach((side) => side.close());
    };
  }, [names]);
  const list = sides.value?.list ?? [];
  const leave = () => {
    if (full.peek()) full.value = false;
    else {
      addEventListener("hashchange", () => setTimeout(backTo, SOON, parseInt(names, 10)), { once: true });
      go(list.length ? besideHref(list[0].artifact.job_id) : "#/queue");
    }
  };
  const toggleFull = () => {
    full.value = !full.peek();
  };
  if (failure.value) {
    return html`<aside class="drawer viewer" aria-label="Viewer">
      <header class="drawer-head"><h1>Not there</h1><${IconButton} icon="cross" label="Close the viewer" onClick=${leave} /></header>
      <${ErrorLine} error=${failure.value} />
    </aside>`;
  }
  const place = { full: full.value, below, leave, toggleFull, stale: sides.value?.names !== names };
  if (!list.length) return html`<aside class="drawer viewer" aria-label="Viewer" aria-busy="true" data-below=${below ? "" : undefined}></aside>`;
  return list.length === 1
    ? html`<${Viewer} key=${sides.value.names} side=${list[0]} place=${place} />`
    : html`<${Compare} key=${sides.value.names} sides=${list} place=${place} />`;
}
