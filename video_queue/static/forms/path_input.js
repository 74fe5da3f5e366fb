// A path on the machine that renders: typed, or chosen in the picker.
import { useSignal } from "@preact/signals";
import { html } from "../lib/html.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";

const PathPicker = lazyPart(() => import("./path_picker.js").then((module) => module.PathPicker), "later");

/** `set` gets the path; `mode` is "folder" or "file". With `browse` the button is an icon of that name. */
export function PathInput({ value, set, mode = "folder", placeholder, disabled, browse, ...rest }) {
  const picking = useSignal(false);
  const picked = ([item]) => {
    picking.value = false;
    if (item) set(item.path);
  };
  return html`<span class="joined wide">
    <input type="text" class="mono" autocomplete="off" spellcheck="false" placeholder=${placeholder ?? `/path/to/a/${mode}`} value=${value} disabled=${disabled} onInput=${(event) => set(event.target.value)} ...${rest} />
    <button type="button" disabled=${disabled} aria-label=${browse} onClick=${() => (picking.value = true)}><${Icon} name="folder" />${browse ? "" : "Browse"}</button>
    ${picking.value && html`<${PathPicker} mode=${mode} kind="other" onDone=${picked} />`}
  </span>`;
}
