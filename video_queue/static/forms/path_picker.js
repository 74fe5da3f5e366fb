// Choosing files or a folder on the machine that renders, inside the folders that the server lets requests name.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { server } from "../lib/more_api.js";
import { baseName, exactTime, plural } from "../lib/format.js";
import { bytes, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { recall, remember } from "../lib/remembered.js";
import { KINDS } from "../lib/words.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";

/** `mode` is "files", "file" or "folder"; `onDone` gets [{path, name, kind, bytes}], empty when nothing was chosen. */
export function PathPicker({ mode, kind, onDone }) {
  const listing = useSignal(null);
  const error = useSignal(null);
  const chosen = useSignal(new Map());
  const show = async (path, cursor) => {
    try {
      const page = await server.files(path, cursor);
      error.value = null;
      listing.value = cursor ? { ...page, items: [...listing.peek().items, ...page.items] } : page;
      remember("folder", page.path);
    } catch (refusal) {
      error.value = refusal;
      if (path && !listing.peek()) show();
    }
  };
  useEffect(() => void show(recall("folder", undefined)), []);
  const items = useComputed(() => (listing.value?.items ?? []).filter((item) => fits(item, mode, kind)));
  const done = () => onDone([...chosen.value.values()]);
  const pick = (item) => {
    if (mode === "file") return onDone([item]);
    const rest = new Map(chosen.value);
    if (!rest.delete(item.path)) rest.set(item.path, item);
    chosen.value = rest;
    return undefined;
  };
  const here = listing.value;
  const thisFolder = () => onDone([{ path: here.path, name: baseName(here.path), kind: "folder", bytes: null }]);
  const selectAll = () => {
    chosen.value = new Map([...chosen.value, ...items.value.filter((i) => i.kind !== "folder").map((i) => [i.path, i])]);
  };
  return html`<${Dialog} title=${mode === "folder" ? "Choose a folder" : "Choose files"} wide onClose=${() => onDone([])}>
    ${here && html`<${Place} here=${here} show=${show} />`}
    ${error.value && html`<p class="complaint" role="alert">${sentence(error.value.message)} ${error.value.hint}</p>`}
    <ul class="files" aria-label="Files and folders here" aria-busy=${here ? undefined : "true"}>
      ${items.value.map((item) => html`<${Entry} key=${item.path} item=${item} mode=${mode} chosen=${chosen.value.has(item.path)} show=${show} pick=${pick} />`)}
      ${here && !items.value.length && html`<li class="dim files-none">Nothing here that fits.</li>`}
      ${here?.next_cursor && html`<li><button type="button" class="quiet" onClick=${() => show(here.path, here.next_cursor)}>Show more</button></li>`}
    </ul>
    <div class="dialog-buttons">
      ${mode === "files" && html`<button type="button" class="quiet" onClick=${selectAll}>Select all here</button>`}
      ${mode !== "file" && here && html`<button type="button" class=${mode === "folder" ? "primary" : ""} onClick=${thisFolder}>Use this whole folder</button>`}
      ${mode === "files" && html`<button type="button" class="primary" disabled=${!chosen.value.size} onClick=${done}>${chosen.value.size ? `Add ${plural(chosen.value.size, "file")}` : "Add"}</button>`}
    </div>
  <//>`;
}

/** Folders always lead on; files must be of the kind that is wanted ("media" and "other" take any). */
function fits(item, mode, kind) {
  if (item.kind === "folder") return true;
  if (mode === "folder") return false;
  if (kind === "media") return item.kind !== "other";
  return kind === "other" || item.kind === kind;
}

function Place({ here, show }) {
  return html`<div class="files-place">
    <label class="select">
      <span class="hidden">Begin at</span>
      <select value="" onChange=${(event) => event.target.value && show(event.target.value)}>
        <option value="">Places</option>
        ${here.roots.map((root) => html`<option key=${root} value=${root}>${root}</option>`)}
      </select>
    </label>
    <button type="button" disabled=${!here.parent} onClick=${() => show(here.parent)}><${Icon} name="up" />Up</button>
    <code class="clip" title=${here.path}>${here.path}</code>
  </div>`;
}

function Entry({ item, mode, chosen, show, pick }) {
  const icon = KINDS[item.kind]?.icon ?? "file";
  if (item.kind === "folder") {
    return html`<li><button type="button" class="file" onClick=${() => show(item.path)}>
      <${Icon} name="folder" /><span class="clip">${item.name}</span><${Icon} name="chevron" /></button></li>`;
  }
  const facts = html`<span class="dim num" title=${exactTime(item.mtime)}>${bytes(item.bytes ?? 0)}</span>`;
  if (mode === "file") {
    return html`<li><button type="button" class="file" onClick=${() => pick(item)}>
      <${Icon} name=${icon} /><span class="clip">${item.name}</span>${facts}</button></li>`;
  }
  return html`<li><label class="file">
    <input type="checkbox" checked=${chosen} onChange=${() => pick(item)} /><${Icon} name=${icon} />
    <span class="clip">${item.name}</span>${facts}</label></li>`;
}
