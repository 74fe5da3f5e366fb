// All icons: strokes on a 16 x 16 grid in the colour of the text beside them. An icon never stands alone:
// it is hidden from screen readers, and the text or the label of the button has its meaning.
import { html } from "../lib/html.js";

const PATHS = {
  clock: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11ZM8 5v3.2l2 1.3",
  play: "M5 3.5v9l7.5-4.5L5 3.5Z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  eye: "M1.8 8S4 3.8 8 3.8S14.2 8 14.2 8S12 12.2 8 12.2S1.8 8 1.8 8ZM8 6.4a1.6 1.6 0 1 1 0 3.2a1.6 1.6 0 0 1 0-3.2Z",
  check: "M3 8.5l3.2 3.2L13 4.8",
  half: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11ZM8 5.2v3.4M8 10.8v.1",
  cross: "M4 4l8 8M12 4l-8 8",
  slash: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11ZM4.2 11.8l7.6-7.6",
  hourglass: "M4.5 2.5h7M4.5 13.5h7M5.2 2.5c0 3 2.8 4 2.8 5.5s-2.8 2.5-2.8 5.5M10.8 2.5c0 3-2.8 4-2.8 5.5s2.8 2.5 2.8 5.5",
  circle: "M8 3.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9Z",
  skip: "M3.5 4v8l5.5-4l-5.5-4ZM12 4v8",
  alert: "M8 2.8l6 10.4H2L8 2.8ZM8 6.5v3M8 11.3v.2",
  retry: "M12.8 8a4.8 4.8 0 1 1-1.5-3.5M12.8 2.5v3h-3",
  repeat: "M3 7.5V6a2 2 0 0 1 2-2h7.5M10.5 2l2 2l-2 2M13 8.5V10a2 2 0 0 1-2 2H3.5M5.5 14l-2-2l2-2",
  top: "M3.5 3h9M8 13V6M4.8 9L8 5.8L11.2 9",
  bin: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4",
  box: "M2.5 3.5h11v3h-11v-3ZM3.5 6.5v6h9v-6M6.5 9h3",
  film: "M2.5 3.5h11v9h-11v-9ZM5.5 3.5v9M10.5 3.5v9M2.5 8h11",
  image: "M2.5 3.5h11v9h-11v-9ZM2.5 11l3.5-3.5l2.5 2.5l2-2l3 3M10.5 5.8v.2",
  sound: "M3 6v4h2.5L9 13V3L5.5 6H3ZM11.5 5.5a3.5 3.5 0 0 1 0 5",
  folder: "M2 4h4l1.5 1.5H14v7H2V4Z",
  file: "M4 2.5h5l3 3v8H4v-11ZM9 2.5v3h3",
  spark: "M8 2.5l1.3 4.2l4.2 1.3l-4.2 1.3L8 13.5L6.7 9.3L2.5 8l4.2-1.3L8 2.5Z",
  plus: "M8 3v10M3 8h10",
  more: "M3.2 7.5a.5.5 0 1 1 0 1a.5.5 0 0 1 0-1ZM8 7.5a.5.5 0 1 1 0 1a.5.5 0 0 1 0-1ZM12.8 7.5a.5.5 0 1 1 0 1a.5.5 0 0 1 0-1Z",
  chevron: "M6 3.5L10.5 8L6 12.5",
  down: "M3.5 6L8 10.5L12.5 6",
  up: "M8 13V3.5M4 7.5l4-4l4 4",
  search: "M7 3a4 4 0 1 1 0 8a4 4 0 0 1 0-8ZM10 10l3.5 3.5",
  download: "M8 2.5v7.5M4.8 7L8 10.2L11.2 7M3 13h10",
  shade: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11ZM8 2.5v11M10 3v10M12 4.5v7",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z",
  bell: "M4 11.5V7a4 4 0 0 1 8 0v4.5M2.5 11.5h11M7 13.8h2",
  system: "M2.5 3.5h11v7h-11v-7ZM6 13.5h4M8 10.5v3",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
  strips: "M2 3.5h12v4H2v-4ZM2 9.5h12v3.5H2V9.5ZM6 3.5v4M10 3.5v4",
  grid: "M2.5 2.5h4.5v4.5h-4.5v-4.5ZM9 2.5h4.5v4.5H9v-4.5ZM2.5 9h4.5v4.5h-4.5V9ZM9 9h4.5v4.5H9V9Z",
  flow: "M3 3h3.5v3.5H3V3ZM9.5 9.5H13V13H9.5V9.5ZM4.8 6.5v4.7h4.7",
  keyboard: "M1.5 4.5h13v7h-13v-7ZM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.3h6",
  dice: "M3 3h10v10H3V3ZM5.8 5.8h.01M10.2 5.8h.01M8 8h.01M5.8 10.2h.01M10.2 10.2h.01",
  swap: "M3 5.5h9M9.5 3L12 5.5L9.5 8M13 10.5H4M6.5 8L4 10.5L6.5 13",
};

export function Icon({ name, size = 16 }) {
  return html`<svg class="icon" viewBox="0 0 16 16" width=${size} height=${size} aria-hidden="true" focusable="false">
    <path d=${PATHS[name] ?? PATHS.circle} />
  </svg>`;
}

/** A button that is only an icon to the eye and a name to everybody else. */
export function IconButton({ icon, label, class: more = "", ...rest }) {
  return html`<button type="button" class=${`icon-button ${more}`} aria-label=${label} title=${label} ...${rest}>
    <${Icon} name=${icon} />
  </button>`;
}
