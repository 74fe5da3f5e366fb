// The one table of shortcuts. The page's behaviour and the help sheet are both drawn from it.
// Single letters can be switched off (WCAG 2.1.4); they never act while text is typed.
import { signal } from "@preact/signals";
import { recall, remember } from "./remembered.js";
import { types } from "./typing.js";

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
  { keys: ["v"], group: "Go to", what: "what waits for your eye", act: "review" },
  { keys: ["/"], group: "Go to", what: "the filter", act: "focusFilter" },
  { keys: ["1"], group: "In the list", what: "rows", act: "density:rows" },
  { keys: ["2"], group: "In the list", what: "a strip of pictures for each job", act: "density:strips" },
  { keys: ["3"], group: "In the list", what: "all pictures", act: "density:sheet" },
  { keys: ["j", "ArrowDown"], group: "In the list", what: "next job", act: "nextJob", list: true },
  { keys: ["k", "ArrowUp"], group: "In the list", what: "previous job", act: "previousJob", list: true },
  { keys: ["ArrowRight", "ArrowLeft"], group: "In the list", what: "across what a job's row holds", act: "acrossRow", list: true },
  { keys: ["e"], group: "In the list", what: "show or hide its renders", act: "expandJob" },
  { keys: ["Enter"], group: "In the list", what: "open it (a link like any other)", act: null },
  { keys: ["ArrowLeft", "ArrowRight"], group: "Last night", what: "walk through what is new; what was walked over is seen", act: null },
  { keys: ["x"], group: "Selecting", what: "the job or render you are at (with Shift and a click: all up to it)", act: "select" },
  { keys: ["Ctrl+a"], group: "Selecting", what: "all jobs that match the filter", act: "selectAll", list: true },
  { keys: ["Escape"], group: "Selecting", what: "nothing", act: null },
  { keys: ["Alt+ArrowUp", "Alt+ArrowDown"], group: "The order of what comes next", what: "one place up or down", act: "moveStep" },
  { keys: ["Alt+Shift+ArrowUp", "Alt+Shift+ArrowDown"], group: "The order of what comes next", what: "to the top or the end", act: "moveEnd" },
  { keys: ["m"], group: "The order of what comes next", what: "to a place by its number", act: "moveTo" },
  { keys: ["t"], group: "The job you are at, or what is selected", what: "move to the top", act: "job:move" },
  { keys: ["h"], group: "The job you are at, or what is selected", what: "hold or release", act: "holdJob" },
  { keys: ["r"], group: "The job you are at, or what is selected", what: "retry", act: "job:retry" },
  { keys: ["c"], group: "The job you are at, or what is selected", what: "cancel", act: "job:cancel" },
  { keys: ["Delete"], group: "The job you are at, or what is selected", what: "remove from the list", act: "job:delete" },
  { keys: ["p"], group: "The queue", what: "pause after the current step, or go on", act: "pause" },
  { keys: ["Escape"], group: "Everywhere", what: "close what is open", act: "close" },
  { keys: ["u"], group: "Everywhere", what: "undo, while it is offered", act: "undo" },
  { keys: ["?"], group: "Everywhere", what: "show this sheet", act: "help" },
];

const NAMES = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
export const keyName = (key) => key.split("+").map((part) => NAMES[part] ?? part).join(" ");

/** The key with what is held beside it; Shift alone is part of a letter. */
function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey || metaKey) return `Ctrl+${key}`;
  return altKey ? `Alt+${shiftKey ? "Shift+" : ""}${key}` : key;
}

function shortcutOf(event) {
  if (event.isComposing) return null;
  const key = nameOf(event);
  const shortcut = SHORTCUTS.find(({ act, keys }) => act && keys.includes(key));
  if (!shortcut || key === "Escape") return shortcut;
  if ((!key.includes("+") && !enabled.peek()) || types(event.target)) return null;
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
    const [name, argument] = String(shortcut.act).split(":");
    const did = actions[name](argument, event);
    if (did !== false) event.preventDefault();
  };
  pressed.forEach(act);
  document.addEventListener("keydown", act);
}
