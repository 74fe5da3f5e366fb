// The icon of the tab: a ring that fills with the progress of what runs.
const SIZE = 32;
const STEPS = 20;
const COLOURS = { track: "#8886", running: "#5b9cf0" };

let shown = "";

function draw(fraction) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  /** @type {any} */
  const pen = canvas.getContext("2d");
  const arc = (colour, part) => {
    pen.beginPath();
    pen.strokeStyle = colour;
    pen.lineWidth = 6;
    pen.arc(SIZE / 2, SIZE / 2, SIZE / 2 - 4, -Math.PI / 2, (2 * part - 0.5) * Math.PI);
    pen.stroke();
  };
  arc(COLOURS.track, 1);
  arc(COLOURS.running, Math.max(0.02, fraction));
  return canvas.toDataURL();
}

/** `fraction` is 0..1, or null while nothing runs. */
export function showInTab(fraction) {
  const key = fraction === null ? "" : String(Math.floor(fraction * STEPS));
  if (key === shown) return;
  shown = key;
  /** @type {any} */
  const link = document.querySelector('link[rel="icon"]');
  link.type = key ? "image/png" : "image/svg+xml";
  link.href = key ? draw(Number(key) / STEPS) : "/icon.svg";
}
