// What a form says besides its values: the job's name, when and where it renders, presets, and the watch of a folder.
import { useSignal } from "@preact/signals";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { PathInput } from "./path_input.js";

const Presets = lazyPart(() => import("./presets.js").then((module) => module.Presets));
const WatchFolder = lazyPart(() => import("./watch_folder.js").then((module) => module.WatchFolder), "later");

export function JobOptions({ draft }) {
  return html`<div class="job-options">
    <div class="field">
      <label class="label" for="job-name">Name</label>
      <input type="text" id="job-name" placeholder="by its first file" autocomplete="off" maxlength="300" value=${draft.name.value} onInput=${(event) => (draft.name.value = event.target.value)} />
    </div>
    <${Carried} draft=${draft} />
    <${WhenAndWhere} draft=${draft} />
    <${Presets} draft=${draft} />
    ${draft.slots.length === 1 && !draft.ui.slots && html`<${WatchButton} draft=${draft} />`}
    ${draft.wasRemembered.value && html`<p class="help">Filled in as you left it. <button type="button" class="link" onClick=${() => draft.toDefaults()}>Start from the defaults</button></p>`}
  </div>`;
}

/** For workflows that take one kind of file: all that comes into a folder, with these settings. */
function WatchButton({ draft }) {
  const open = useSignal(false);
  return html`<button type="button" class="quiet" onClick=${() => (open.value = true)}><${Icon} name="eye" />Watch a folder with these settings</button>
    ${open.value && html`<${WatchFolder} draft=${draft} onClose=${() => (open.value = false)} />`}`;
}

const CARRIED = {
  glob: (glob) => `Only ${glob}`,
  rows: (rows) => `${plural(rows.length, "row")} of values`,
  note: (note) => `Note: ${note}`,
  not_before: (at) => `Not before ${new Date(at).toLocaleString()}`,
  dedupe: () => "Even if it is there already",
};

/** What the job that this one is made from said besides; each can be taken away. */
function Carried({ draft }) {
  const all = Object.entries(draft.carried.value);
  if (!all.length) return null;
  return html`<div class="chips" role="group" aria-label="Kept from the job">
    ${all.map(
      ([key, value]) => html`<button key=${key} type="button" class="chip clip" title="Leave it out" onClick=${() => draft.leaveOut(key)}>
        ${CARRIED[key]?.(value) ?? `${key} ${JSON.stringify(value)}`}<${Icon} name="cross" size=${12} /></button>`,
    )}
  </div>`;
}

const numbers = (text) => text.split(/[,;\s]+/).map(Number).filter((number) => Number.isInteger(number) && number > 0);
const words = (text) => [...new Set(text.split(/[,;]/).map((word) => word.trim()).filter(Boolean))];

function WhenAndWhere({ draft }) {
  const { priority, front, held, limit, recursive, if_exists: ifExists, run_order: runOrder, output_dir: outputDir, tags, review, after } = draft.options;
  const set = (target) => (event) => {
    target.value = event.target.value;
  };
  const check = (target, text) => html`<label class="check">
    <input type="checkbox" checked=${target.value} onChange=${(event) => (target.value = event.target.checked)} />${text}</label>`;
  return html`<details class="advanced">
      <summary>When and where</summary>
      <div class="fields">
        <div class="field" data-short>
          <label class="label" for="job-begins">Begin at</label>
          <input type="time" id="job-begins" value=${draft.beginsAt.value} onInput=${set(draft.beginsAt)} />
        </div>
        <${Listed} id="job-after" label="After jobs" placeholder="12, 13" list=${after} read=${numbers} />
        ${check(front, "Before everything else")}
        ${check(held, "Hold it until I release it")}
        <div class="field" data-short>
          <label class="label" for="job-priority">Priority</label>
          <input type="number" id="job-priority" class="number" step="1" value=${priority.value} onInput=${(event) => (priority.value = Math.trunc(Number(event.target.value)) || 0)} />
        </div>
        <div class="field" data-short>
          <label class="label" for="job-limit">Only the first</label>
          <input type="number" id="job-limit" class="number" min="0" step="1" placeholder="all" value=${limit.value || ""} aria-describedby="job-limit-help" onInput=${(event) => (limit.value = Math.max(0, Math.trunc(Number(event.target.value)) || 0))} />
          <p class="help" id="job-limit-help">The rest is held until you release it.</p>
        </div>
        <div class="field">
          <label class="label" for="run-order">Renders</label>
          <select id="run-order" value=${runOrder.value} onChange=${set(runOrder)}>
            <option value="">As few model loads as possible</option>
            <option value="by_phase">Phase by phase</option>
            <option value="by_prompt">One after the other</option>
          </select>
        </div>
        <div class="field">
          <label class="label" for="job-exists">If a file is there already</label>
          <select id="job-exists" value=${ifExists.value} onChange=${set(ifExists)}>
            <option value="version">Add a version number</option>
            <option value="skip">Skip what was made before</option>
          </select>
        </div>
        <div class="field">
          <label class="label" for="job-folder">Output folder</label>
          <${PathInput} id="job-folder" placeholder="the usual one" browse="Browse for output folder" value=${outputDir.value} set=${(path) => (outputDir.value = path)} />
        </div>
        <${Listed} id="job-tags" label="Tags" placeholder="client, night" list=${tags} read=${words} />
        ${draft.slots.some((slot) => slot.folder.value) && check(recursive, "Folders inside the folder, too")}
        ${check(review, "Ask for the reviews that its workflow can do without")}
      </div>
    </details>`;
}

/** A list as text; it is read when the field is left, so that a comma can be typed. */
function Listed({ id, label, placeholder, list, read }) {
  return html`<div class="field">
    <label class="label" for=${id}>${label}</label>
    <input type="text" id=${id} autocomplete="off" placeholder=${placeholder} value=${list.value.join(", ")} onChange=${(event) => (list.value = read(event.target.value))} />
  </div>`;
}
