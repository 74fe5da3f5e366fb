// The one table of shortcuts. The page's behaviour and the help sheet are both drawn from it.
// Single letters can be switched off (WCAG 2.1.4); they never act while text is typed.
import { signal } from "@preact/signals";
import { recall, remember } from "./remembered.js";

/** Whether single keys act; the help sheet has the switch. */
export const enabled = signal(recall("shortcuts", true));

export function setEnabled(value) {
  enabled.value = value;
  remember("shortcuts", value);
}

export const SHORTCUTS = [
  { keys: ["q"], group: "Go to", what: "the queue", act: "goQueue" },
  { keys: ["n"], group: "Go to", what: "a new job", act: "goNew" },
  { keys: ["w"], group: "Go to", what: "the workflows", act: "goWorkflows" },
  { keys: ["f"], group: "Go to", what: "the watch folders", act: "goWatches" },
  { keys: ["i"], group: "Go to", what: "the inbox", act: "goInbox" },
  { keys: ["l"], group: "Go to", what: "last night", act: "goNight" },
  { keys: ["s"], group: "Go to", what: "the system", act: "goSystem" },
  { keys: ["/"], group: "Go to", what: "the filter", act: "focusFilter" },
  { keys: ["1"], group: "In the list", what: "rows", act: "density:rows" },
  { keys: ["2"], group: "In the list", what: "a strip of pictures for each job", act: "density:strips" },
  { keys: ["3"], group: "In the list", what: "all pictures", act: "density:sheet" },
  { keys: ["j", "ArrowDown"], group: "In the list", what: "next job", act: "nextJob", list: true },
  { keys: ["k", "ArrowUp"], group: "In the list", what: "previous job", act: "previousJob", list: true },
  { keys: ["e"], group: "In the list", what: "show or hide its renders", act: "expandJob" },
  { keys: ["Enter"], group: "In the list", what: "open it (a link like any other)", act: null },
  { keys: ["ArrowLeft", "ArrowRight"], group: "Last night", what: "walk through what is new; what was walked over is seen", act: null },
  { keys: ["t"], group: "The job you are at", what: "move to the top", act: "job:move" },
  { keys: ["h"], group: "The job you are at", what: "hold or release", act: "holdJob" },
  { keys: ["r"], group: "The job you are at", what: "retry", act: "job:retry" },
  { keys: ["c"], group: "The job you are at", what: "cancel", act: "job:cancel" },
  { keys: ["Delete"], group: "The job you are at", what: "remove from the list", act: "job:delete" },
  { keys: ["p"], group: "The queue", what: "pause after the current step, or go on", act: "pause" },
  { keys: ["Escape"], group: "Everywhere", what: "close what is open", act: "close" },
  { keys: ["u"], group: "Everywhere", what: "undo, while it is offered", act: "undo" },
  { keys: ["?"], group: "Everywhere", what: "show this sheet", act: "help" },
];

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };
export const keyName = (key) => NAMES[key] ?? key;

const types = (element) =>
  element.closest("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]") !==
  null;

function shortcutOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const shortcut = SHORTCUTS.find(({ act, keys }) => act && keys.includes(event.key));
  if (!shortcut || event.key === "Escape") return shortcut;
  if (!enabled.peek() || types(event.target)) return null;
  // Menus and dialogs have their own keys; arrows move in the list only from there or from an unfocused page.
  if (event.target.closest("dialog[open], [role=menu], [role=listbox]")) return null;
  const nowhere = event.target === document.body;
  if (event.key.startsWith("Arrow") && !nowhere && !event.target.closest("[data-job], [data-line]")) return null;
  return shortcut;
}

/** Act on keys, and on those `pressed` before: `actions` has a function for each name in the table; `job` gets those that begin with "job:". */
export function onKeys(actions, pressed) {
  const act = (event) => {
    if (event.defaultPrevented) return;
    const shortcut = shortcutOf(event);
    if (!shortcut) return;
    const [name, argument] = shortcut.act.split(":");
    const did = actions[name](argument);
    if (did !== false) event.preventDefault();
  };
  pressed.forEach(act);
  document.addEventListener("keydown", act);
}
