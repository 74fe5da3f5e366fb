// A folder on the machine that renders: typed, or chosen in the picker.
import { useSignal } from "@preact/signals";
import { html } from "../lib/html.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";

const PathPicker = lazyPart(() => import("./path_picker.js").then((module) => module.PathPicker), "later");

/** `path` is a signal. */
export function FolderField({ id, label, placeholder, path }) {
  const picking = useSignal(false);
  const picked = ([folder]) => {
    picking.value = false;
    if (folder) path.value = folder.path;
  };
  return html`<div class="field">
    <label class="label" for=${id}>${label}</label>
    <span class="joined wide">
      <input type="text" id=${id} class="mono" autocomplete="off" spellcheck="false" placeholder=${placeholder} value=${path.value} onInput=${(event) => (path.value = event.target.value)} />
      <button type="button" aria-label=${`Browse for ${label.toLowerCase()}`} onClick=${() => (picking.value = true)}><${Icon} name="folder" /></button>
    </span>
    ${picking.value && html`<${PathPicker} mode="folder" kind="other" onDone=${picked} />`}
  </div>`;
}
