// Dark, light, or as the system; remembered by this browser and set before the first paint by theme.js.
import { signal } from "@preact/signals";
import { html } from "../lib/html.js";
import { recall, remember } from "../lib/remembered.js";
import { IconButton } from "./icons.js";

const chosen = signal(recall("theme", null));
const dark = matchMedia("(prefers-color-scheme: dark)");
const system = signal(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => (system.value = dark.matches ? "dark" : "light"));

function choose(theme) {
  // The system's own theme is not kept, so that the page follows it.
  chosen.value = theme === system.peek() ? null : theme;
  remember("theme", chosen.peek() ?? undefined);
  if (chosen.peek()) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export function ThemeToggle() {
  const theme = chosen.value ?? system.value;
  const other = theme === "dark" ? "light" : "dark";
  return html`<${IconButton} icon="shade" label=${`Use the ${other} theme`} onClick=${() => choose(other)} />`;
}
