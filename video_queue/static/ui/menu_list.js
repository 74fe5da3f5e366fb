// The open list of a menu, fetched with the first menu that is opened.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { Icon } from "./icons.js";

export function MenuList({ label, items, anchor, close }) {
  const list = useRef(null);
  const entries = () => [...list.current.querySelectorAll("[role=menuitem]")];
  useEffect(() => {
    list.current.showPopover?.();
    place(list.current, anchor.current);
    entries()[0]?.focus();
    const away = (event) => !anchor.current?.contains(event.target) && close(false);
    const scrolled = () => close(false);
    document.addEventListener("pointerdown", away);
    addEventListener("scroll", scrolled, { passive: true });
    return () => {
      document.removeEventListener("pointerdown", away);
      removeEventListener("scroll", scrolled);
    };
  }, []);
  const key = (event) => {
    const all = entries();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") close(false);
    else if (event.key.length === 1 && /\S/.test(event.key)) jump(all, at, event.key);
    if (to !== undefined || event.key === "Escape") event.preventDefault();
    event.stopPropagation();
  };
  const pick = (item) => () => {
    close(true);
    item.act?.();
  };
  return html`<div ref=${list} class="menu" role="menu" aria-label=${label} popover="manual" onKeyDown=${key}>
    ${items.map((item) =>
      item.href
        ? html`<a key=${item.label} role="menuitem" tabindex="-1" href=${item.href} onClick=${pick(item)}>
            <${Icon} name=${item.icon} />${item.label}</a>`
        : html`<button key=${item.label} type="button" role="menuitem" tabindex="-1" onClick=${pick(item)}>
            <${Icon} name=${item.icon} /><span>${item.label}${item.hint && html`<small>${item.hint}</small>`}</span>
          </button>`,
    )}
  </div>`;
}

function jump(all, at, letter) {
  const order = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  order.find((entry) => entry.textContent.trim().toLowerCase().startsWith(letter.toLowerCase()))?.focus();
}

/** Below the button, or above it where there is no room; never outside the window. */
function place(list, anchor) {
  const from = anchor.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const below = from.bottom + 4 + size.height <= innerHeight;
  list.style.top = `${below ? from.bottom + 4 : Math.max(4, from.top - 4 - size.height)}px`;
  list.style.left = `${Math.max(4, Math.min(from.right - size.width, innerWidth - size.width - 4))}px`;
}
