// A button with a short list of actions. Arrows move, Enter does, Escape closes, a letter jumps.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { Icon, IconButton } from "./icons.js";
import { lazyPart } from "./lazy.js";

const MenuList = lazyPart(() => import("./menu_list.js").then((module) => module.MenuList), "later");

/** `items` is a function, called when the menu opens: [{label, icon, act | href, hint}], or a promise of that. `idle` keeps its place only. */
export function Menu({ label, icon = "more", text, items, tabbable = true, idle = false }) {
  const entries = useSignal(null);
  const anchor = useRef(null);
  const show = async () => {
    entries.value = entries.value ? null : await items();
  };
  const props = { "aria-haspopup": "menu", "aria-expanded": entries.value ? "true" : "false", tabIndex: tabbable ? 0 : -1, onClick: show };
  const close = (back) => {
    entries.value = null;
    if (back) anchor.current?.querySelector("button")?.focus();
  };
  return html`<span class="menu-anchor" data-idle=${idle ? "" : undefined} ref=${anchor}>
    ${
      text
        ? html`<button type="button" ...${props}>${text}<${Icon} name="down" /></button>`
        : html`<${IconButton} icon=${icon} label=${label} ...${props} />`
    }
    ${entries.value && html`<${MenuList} label=${label} items=${entries.value} anchor=${anchor} close=${close} />`}
  </span>`;
}
