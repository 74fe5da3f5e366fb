// What can be done to everything that is selected, in one bar above the list's lower edge.
import { html } from "../lib/html.js";
import { toastError } from "../ui/toasts.js";
import { clearSelection, picked, selectedCount, whole } from "../state/selection.js";
import { counts, knownJob } from "../state/store.js";
import { ACTIONS, actionLabel } from "../lib/action_words.js";
import { Icon, IconButton } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { actOnSelection, selectionWords, selectWhole } from "./many.js";
import { askForPlace } from "./place.js";

const SHOWN = ["hold", "release", "retry", "cancel"];
const MORE = ["move", "rerun", "archive", "unarchive", "delete", "skip", "approve", "reject"];
const FOR_STATES = {
  retry: ["failed", "cancelled"], cancel: ["queued", "running", "review"], hold: ["queued"], release: ["queued"], skip: ["queued"],
  approve: ["review"], reject: ["review"],
};

/** Which actions are possible for at least one of what is selected, as far as it was read. */
function possible() {
  if (whole.value) return new Set([...SHOWN, ...MORE.filter((name) => !FOR_STATES[name])]);
  const names = [...picked.value];
  const renders = names.filter((name) => name.includes("."));
  const can = new Set();
  for (const name of names) {
    if (name.includes(".")) {
      const [job, index] = name.split(".").map(Number);
      const state = knownJob(job)?.cells.value[index - 1]?.state;
      for (const [action, states] of Object.entries(FOR_STATES)) if (!state || states.includes(state)) can.add(action);
    } else {
      for (const action of knownJob(Number(name))?.row.value.actions ?? []) if (action.enabled) can.add(action.name);
    }
  }
  // What only jobs or only renders know is not offered for both.
  const known = (name) => (renders.length ? name in FOR_STATES : true) && (renders.length === names.length || !["skip", "approve", "reject"].includes(name));
  return new Set([...can].filter(known));
}

const act = (name, options) => void actOnSelection(name, options);

function menuItems(can) {
  const moves = [
    { label: "To the top", icon: "top", act: () => act("move", { to: "top" }) },
    { label: "To the end", icon: "down", act: () => act("move", { to: "bottom" }) },
    { label: "To a place …", icon: "list", act: askForPlace },
  ];
  return MORE.filter((name) => can.has(name)).flatMap((name) =>
    name === "move" ? moves : [{ label: actionLabel(name), icon: ACTIONS[name].icon, act: () => act(name) }],
  );
}

export function SelectionBar() {
  const many = selectedCount.value;
  if (!many) return null;
  const can = possible();
  const all = Object.values(counts.value ?? {}).reduce((sum, n) => sum + n, 0);
  const renders = [...picked.value].some((name) => name.includes("."));
  const every = () => selectWhole().catch(toastError);
  return html`<div class="selection-bar" role="toolbar" aria-label="What is selected">
    <span class="selection-count num" role="status">${whole.value ? "All " : ""}${selectionWords()(many)} selected</span>
    ${!whole.value && !renders && all > many && html`<button type="button" class="quiet" onClick=${every}>Select all that match</button>`}
    <span class="selection-actions">
      ${SHOWN.map((name) => html`<button key=${name} type="button" disabled=${!can.has(name)} onClick=${() => act(name)}>
        <${Icon} name=${ACTIONS[name].icon} /><span>${actionLabel(name)}</span></button>`)}
      <${Menu} label="More for what is selected" text="More" items=${() => menuItems(can)} />
    </span>
    <${IconButton} icon="cross" label="Select nothing (Esc)" onClick=${clearSelection} />
  </div>`;
}
