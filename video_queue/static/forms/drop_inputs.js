// The inputs of a job: drop files, choose them, browse the machine that renders, or type a path.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { baseName, number, percent } from "../lib/format.js";
import { bytes, middle, sentence } from "../lib/text.js";
import { itemsOf } from "../lib/drops.js";
import { html } from "../lib/html.js";
import { KINDS } from "../lib/words.js";
import { Complaint } from "./fields.js";
import { Icon, IconButton } from "../ui/icons.js";
import { whileTaking } from "../state/dropped.js";
import { Poster } from "../ui/poster.js";
import { toastError } from "../ui/toasts.js";
import { lazyPart } from "../ui/lazy.js";

const RecentFolders = lazyPart(() => import("./recent_folders.js").then((module) => module.RecentFolders));
const PathPicker = lazyPart(() => import("./path_picker.js").then((module) => module.PathPicker), "later");

/** So many files are listed; the others are counted. */
const MOST = 200;
const ACCEPT = { video: "video/*", image: "image/*", audio: "audio/*" };

const take = (items, inputs) =>
  void whileTaking(() => import("./take_drop.js").then(({ takeDrop }) => takeDrop(items, inputs))).catch(toastError);

/** `complaints` are about all of it, `complaintAt(n)` about the n-th path. */
export function DropInputs({ inputs, complaints, complaintAt }) {
  const over = useSignal(false);
  const title = inputsTitle(inputs);
  const sequence = inputs.kind === "sequence";
  const { one, many } = KINDS[inputs.kind] ?? KINDS.other;
  const drag = (event) => {
    event.preventDefault();
    over.value = event.type === "dragover";
  };
  const drop = (event) => {
    event.preventDefault();
    event.stopPropagation();
    over.value = false;
    const items = itemsOf(event.dataTransfer);
    take(items, inputs);
  };
  const dropping = sequence ? {} : { onDragOver: drag, onDragLeave: drag, onDrop: drop };
  return html`<section class="inputs" aria-label=${title}>
    <h2>${title}</h2>
    <div class="drop" data-over=${over.value ? "" : undefined} data-filled=${inputs.entries.value.length ? "" : undefined} ...${dropping}>
      <p class="drop-words">
        <${Icon} name=${KINDS[inputs.kind]?.icon ?? "file"} size=${20} />
        <span>${sequence ? `Choose a ${one}, numbered` : `Drop ${many} here`}</span>
      </p>
      <${Ways} inputs=${inputs} sequence=${sequence} />
    </div>
    ${!inputs.entries.value.length && html`<${RecentFolders} onTake=${(path) => inputs.addPaths([{ path, name: baseName(path), kind: "folder" }])} />`}
    <ul class="input-list">
      ${inputs.entries.value.slice(0, MOST).map((entry) => html`<${InputEntry} key=${entry.id} entry=${entry} inputs=${inputs} complaint=${complaintAt(inputs.paths.value.indexOf(entry.path.value))} />`)}
      ${inputs.entries.value.length > MOST && html`<li class="help">and ${number(inputs.entries.value.length - MOST)} more</li>`}
    </ul>
    ${inputs.perPrompt !== 1 && html`<p class="help">${inputs.perPrompt === "all" ? `All ${many} together make one render.` : `Every ${inputs.perPrompt} ${many} make one render.`}</p>`}
    ${complaints.map((text) => html`<${Complaint} key=${text} text=${text} />`)}
  </section>`;
}

function Ways({ inputs, sequence }) {
  const picking = useSignal(inputs.pickFirst);
  inputs.pickFirst = false;
  const button = useRef(null);
  useEffect(() => {
    if (inputs.focusFirst) button.current?.focus();
    inputs.focusFirst = false;
  }, []);
  const typed = useSignal("");
  const chooser = useRef(null);
  const add = (event) => {
    event.preventDefault();
    if (typed.value.trim()) inputs.addPath(typed.value.trim());
    typed.value = "";
  };
  const picked = (files) => {
    picking.value = false;
    inputs.addPaths(files);
  };
  return html`<div class="ways">
    ${
      !sequence &&
      html`<button ref=${button} type="button" onClick=${() => chooser.current.click()}>Choose files</button>
        <input
          ref=${chooser} type="file" class="hidden" multiple tabindex="-1" aria-label="Files to upload" accept=${ACCEPT[inputs.kind]}
          onChange=${(event) => {
            const files = [...event.target.files].map((file) => ({ file, entry: null }));
            take(files, inputs);
            event.target.value = "";
          }}
        />`
    }
    <button type="button" onClick=${() => (picking.value = true)}><${Icon} name="folder" />Browse this machine</button>
    <span class="joined path-entry">
      <input
        type="text" class="mono" aria-label="A path on the machine that renders" placeholder="or type a path" autocomplete="off" spellcheck="false"
        value=${typed.value} onInput=${(event) => (typed.value = event.target.value)} onKeyDown=${(event) => event.key === "Enter" && add(event)}
      />
      <button type="button" disabled=${!typed.value.trim()} onClick=${add}>Add</button>
    </span>
    ${picking.value && html`<${PathPicker} mode=${sequence ? "folder" : "files"} kind=${inputs.kind} onDone=${picked} />`}
  </div>`;
}

function InputEntry({ entry, inputs, complaint }) {
  const path = entry.path.value;
  const error = entry.error.value;
  const progress = entry.progress.value;
  const sending = progress === null ? "Looking for it on this disk" : `Uploading ${percent(progress)}`;
  const sub = error ? sentence(error.message) : path ? middle(path, 64) : sending;
  return html`<li class="input-entry">
    <${Picture} entry=${entry} />
    <span class="input-text">
      <span class="clip">${entry.name}</span>
      <span class=${`clip ${error ? "complaint" : "dim"} ${path ? "mono small" : "small"}`} title=${path ?? ""}>${sub}</span>
    </span>
    <span class="dim num">${entry.kind === "folder" && inputs.kind !== "sequence" ? "all that fits" : entry.bytes === null ? "" : bytes(entry.bytes)}</span>
    ${error && html`<button type="button" onClick=${() => entry.sendAgain()}>Try again</button>`}
    <${IconButton} icon="cross" label=${`Leave out ${entry.name}`} onClick=${() => inputs.remove(entry)} />
    ${complaint && html`<${Complaint} text=${complaint} />`}
  </li>`;
}

// What lies on the machine is pictured by it: a browser cannot show every clip.
function Picture({ entry }) {
  const icon = KINDS[entry.kind]?.icon ?? "file";
  const seen = ["video", "image", "folder"].includes(entry.kind);
  if (entry.picture && entry.kind === "image") return html`<span class="thumb"><img src=${entry.picture} alt="" /></span>`;
  return html`<span class="thumb"><${Poster} poster=${seen ? entry.path.value : null} icon=${icon} /></span>`;
}

const inputsTitle = (inputs) => {
  const { many } = KINDS[inputs.kind] ?? KINDS.other;
  return inputs.slot ? `${inputs.slot} (${many})` : many[0].toUpperCase() + many.slice(1);
};
