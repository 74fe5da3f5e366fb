// Choosing files or a folder on the machine that renders, inside the folders that the server lets requests name: by
// going there, from the folders used last, or by a word in a name.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { server } from "../lib/more_api.js";
import { baseName, exactTime, plural } from "../lib/format.js";
import { bytes, folderOf, middle, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { recall, remember } from "../lib/remembered.js";
import { KINDS } from "../lib/words.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";
import { Poster } from "../ui/poster.js";
import { keepFolder, useRecentFolders } from "./recent_folders.js";

const TYPING = 250;

/** What lies in a folder, or is found below it; `show(path, cursor)` and `search(words)` change it. */
function useListing() {
  const listing = useSignal(null);
  const error = useSignal(null);
  const asked = useRef(0);
  const read = async (work, then) => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const page = await work();
      if (mine !== asked.current) return;
      error.value = null;
      listing.value = then(page);
    } catch (refusal) {
      if (mine === asked.current) error.value = refusal;
    }
  };
  const show = async (path, cursor) => {
    await read(
      () => server.files(path, cursor),
      (page) => {
        remember("folder", page.path);
        return cursor ? { ...page, items: [...listing.peek().items, ...page.items] } : page;
      },
    );
    if (path && error.peek() && !listing.peek()) await show();
  };
  const search = (words) => read(() => server.searchFiles(listing.peek().path, words), (page) => ({ ...page, words }));
  useEffect(() => void show(recall("folder", undefined)), []);
  return { here: listing.value, listing, error: error.value, show, search };
}

/** `mode` is "files", "file" or "folder"; `onDone` gets [{path, name, kind, bytes}], empty when nothing was chosen. */
export function PathPicker({ mode, kind, onDone }) {
  const { here, listing, error, show, search } = useListing();
  const chosen = useSignal(new Map());
  const items = useComputed(() => (listing.value?.items ?? []).filter((item) => fits(item, mode, kind)));
  const done = () => {
    const files = [...chosen.value.values()];
    keepFolder(folderOf(files[0].path));
    onDone(files);
  };
  const pick = (item) => {
    if (mode === "file") return onDone([item]);
    const rest = new Map(chosen.value);
    if (!rest.delete(item.path)) rest.set(item.path, item);
    chosen.value = rest;
    return undefined;
  };
  const takeFolder = (path) => {
    keepFolder(path);
    onDone([{ path, name: baseName(path), kind: "folder", bytes: null }]);
  };
  const selectAll = () => {
    chosen.value = new Map([...chosen.value, ...items.value.filter((i) => i.kind !== "folder").map((i) => [i.path, i])]);
  };
  const entry = (item) => html`<${Entry} key=${item.path} item=${item} mode=${mode} found=${Boolean(here.words)} chosen=${chosen.value.has(item.path)} show=${show} pick=${pick} take=${takeFolder} />`;
  return html`<${Dialog} title=${mode === "folder" ? "Choose a folder" : "Choose files"} wide onClose=${() => onDone([])}>
    ${here && html`<${Place} here=${here} show=${show} search=${mode === "folder" ? null : search} />`}
    ${error && html`<p class="complaint" role="alert">${sentence(error.message)} ${error.hint}</p>`}
    <ul class="files" aria-label="Files and folders here" aria-busy=${here ? undefined : "true"}>
      ${items.value.map(entry)}
      ${here && !items.value.length && html`<li class="dim files-none">${here.words ? "Nothing below this folder is called so." : "Nothing here that fits."}</li>`}
      ${here?.next_cursor && html`<li><button type="button" class="quiet" onClick=${() => show(here.path, here.next_cursor)}>Show more</button></li>`}
    </ul>
    <div class="dialog-buttons">
      ${mode === "files" && html`<button type="button" class="quiet" onClick=${selectAll}>Select all here</button>`}
      ${mode !== "file" && here && !here.words && html`<button type="button" class=${mode === "folder" ? "primary" : ""} onClick=${() => takeFolder(here.path)}>Use this whole folder</button>`}
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

function Place({ here, show, search }) {
  const recents = useRecentFolders().filter((path) => !here.roots.includes(path));
  return html`<div class="files-place">
      <label class="select">
        <span class="hidden">Begin at</span>
        <select value="" onChange=${(event) => event.target.value && show(event.target.value)}>
          <option value="">Places</option>
          ${recents.length > 0 && html`<optgroup label="Used last">${recents.map((path) => html`<option key=${path} value=${path}>${middle(path, 60)}</option>`)}</optgroup>`}
          <optgroup label="All of this machine">${here.roots.map((root) => html`<option key=${root} value=${root}>${root}</option>`)}</optgroup>
        </select>
      </label>
      <button type="button" disabled=${!here.parent} onClick=${() => show(here.parent)}><${Icon} name="up" />Up</button>
      <code class="clip" title=${here.path}>${here.path}</code>
    </div>
    ${search && html`<${Search} key=${here.words ? "search" : here.path} here=${here} show=${show} search=${search} />`}`;
}

function Search({ here, show, search }) {
  const typed = useSignal(here.words ?? "");
  const timer = useRef(0);
  const write = (event) => {
    typed.value = event.target.value;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (typed.peek().trim() ? search(typed.peek()) : show(here.path)), TYPING);
  };
  return html`<label class="search files-search">
    <span class="hidden">Find files below this folder</span>
    <${Icon} name="search" />
    <input type="search" placeholder="Find below this folder" autocomplete="off" value=${typed.value} onInput=${write} />
  </label>`;
}

function Entry({ item, mode, found, chosen, show, pick, take }) {
  const seen = item.kind === "video" || item.kind === "image";
  const picture = html`<span class="thumb"><${Poster} poster=${seen ? item.path : null} icon=${KINDS[item.kind]?.icon ?? "file"} /></span>`;
  if (item.kind === "folder") {
    return html`<li class="file-folder"><button type="button" class="file" onClick=${() => show(item.path)}>
      <span class="thumb"><${Poster} poster=${item.path} icon="folder" /></span><span class="clip">${item.name}</span><${Icon} name="chevron" /></button>
      ${mode !== "file" && html`<button type="button" class="quiet" aria-label=${`Use all of ${item.name}`} onClick=${() => take(item.path)}>Use all</button>`}</li>`;
  }
  const name = html`<span class="input-text"><span class="clip">${item.name}</span>${found && html`<span class="clip dim mono small">${middle(folderOf(item.path), 60)}</span>`}</span>`;
  const facts = html`<span class="dim num" title=${exactTime(item.mtime)}>${bytes(item.bytes ?? 0)}</span>`;
  if (mode === "file") return html`<li><button type="button" class="file" onClick=${() => pick(item)}>${picture}${name}${facts}</button></li>`;
  return html`<li><label class="file"><input type="checkbox" checked=${chosen} onChange=${() => pick(item)} />${picture}${name}${facts}</label></li>`;
}
