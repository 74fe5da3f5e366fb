// Keys while the viewer or compare is open: taken before the page's own, by the table of lib/viewer_keys.js.
import { useLayoutEffect, useRef } from "preact/hooks";
import { enabled } from "../lib/keyboard.js";
import { VIEWER_KEYS } from "../lib/viewer_keys.js";

const TYPED = "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]";
const OWN_KEYS = "dialog[open], [role=menu], [role=listbox]";
/** A key that is held longer than this is held; a shorter one was pressed. */
const HELD = 220;

function actOf(event, table) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  if (event.target.closest?.(OWN_KEYS) || document.querySelector("dialog[open]")) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key !== "Escape" && (!enabled.peek() || event.target.closest?.(TYPED))) return null;
  // Ranges and buttons keep the keys that are theirs, and so do the cells of a grid.
  if (key.startsWith("Arrow") && event.target.closest?.("input, [role=slider]")) return null;
  if ((key.startsWith("Arrow") || /^[abx0-5 ]$/.test(key)) && event.target.closest?.("[role=grid]")) return null;
  if ((key === " " || key === "Enter") && event.target.closest?.("button, a, summary")) return null;
  const found = table.find(({ keys, act }) => act && keys.includes(key));
  return found ? { act: found.act, key } : null;
}

/** `acts` has a function for each act of the table that is possible here; one that answers false did nothing. */
export function useKeys(acts, table = VIEWER_KEYS) {
  const latest = useRef(acts);
  latest.current = acts;
  useLayoutEffect(() => {
    const down = (event) => {
      const pressed = event.defaultPrevented ? null : actOf(event, table);
      if (!pressed || !latest.current[pressed.act]) return;
      if (event.repeat && !["step", "shuttle", "move"].includes(pressed.act)) {
        event.preventDefault();
        return;
      }
      if (latest.current[pressed.act](pressed.key) !== false) event.preventDefault();
    };
    addEventListener("keydown", down, true);
    return () => removeEventListener("keydown", down, true);
  }, []);
}

/** For a key that means one thing held and another pressed: `hold()` after a moment, then `release()`; else `press()`. */
export function useHeld(key, { hold, release, press }) {
  const latest = useRef(null);
  latest.current = { hold, release, press };
  const state = useRef({ timer: 0, held: false, down: false });
  useLayoutEffect(() => {
    const up = (event) => {
      const now = state.current;
      if (event.type === "keyup" && event.key.toLowerCase() !== key) return;
      clearTimeout(now.timer);
      if (!now.down) return;
      if (now.held) latest.current.release();
      else if (event.type === "keyup") latest.current.press();
      now.down = now.held = false;
    };
    addEventListener("keyup", up);
    addEventListener("blur", up);
    return () => {
      clearTimeout(state.current.timer);
      removeEventListener("keyup", up);
      removeEventListener("blur", up);
    };
  }, []);
  return () => {
    const now = state.current;
    now.down = true;
    now.timer = setTimeout(() => {
      now.held = true;
      latest.current.hold();
    }, HELD);
  };
}
