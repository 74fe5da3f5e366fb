// Icons that only the viewer needs, on the grid of ui/icons.js.
import { html } from "../lib/html.js";

const PATHS = {
  star: "M8 2.3l1.7 3.6l3.9.5l-2.9 2.7l.8 3.9L8 11.1L4.5 13l.8-3.9L2.4 6.4l3.9-.5L8 2.3Z",
  back: "M11 3.5v9L4.5 8L11 3.5Z",
  on: "M5 3.5v9L11.5 8L5 3.5Z",
  full: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  small: "M6 3v3H3M13 6h-3V3M10 13v-3h3M3 10h3v3",
  wipe: "M2.5 3.5h11v9h-11v-9ZM8 2v12",
  side: "M2.5 4h4.5v8H2.5V4ZM9 4h4.5v8H9V4Z",
  flip: "M3 5h8l-2-2M13 11H5l2 2",
  difference: "M6 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8ZM10 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8Z",
  before: "M8 2.5a5.5 5.5 0 1 0 0 11V2.5ZM8 2.5a5.5 5.5 0 0 1 0 11",
};

/** `filled` for what is set (a star that was given). */
export function Glyph({ name, filled = false }) {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} style=${filled ? { fill: "currentcolor" } : {}} />
  </svg>`;
}

export function GlyphButton({ name, label, filled = false, ...rest }) {
  return html`<button type="button" class="icon-button" aria-label=${label} title=${label} ...${rest}><${Glyph} name=${name} filled=${filled} /></button>`;
}
