// The frame of the viewer and of compare: what stands above, and the buttons to enlarge and to leave.
import { html } from "../lib/html.js";
import { IconButton } from "../ui/icons.js";
import { GlyphButton } from "./glyphs.js";

/** The frame of both: `title` is what stands above, `tools` beside it. */
export function Frame({ place, label, title, tools, children }) {
  return html`<aside class="drawer viewer" aria-label=${label} aria-busy=${place.stale ? "true" : undefined} data-full=${place.full ? "" : undefined} data-below=${place.below ? "" : undefined}>
    <header class="drawer-head">
      ${title}
      <span class="view-tools">${tools}
        <${GlyphButton} name=${place.full ? "small" : "full"} label=${place.full ? "Beside the list (F)" : "As large as the window (F)"} onClick=${place.toggleFull} />
        <${IconButton} icon="cross" label="Close the viewer" onClick=${place.leave} />
      </span>
    </header>
    ${children}
  </aside>`;
}
