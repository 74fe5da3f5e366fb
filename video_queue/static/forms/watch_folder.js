// The dialog that lets a folder be watched with the settings of a form: its path, and what becomes of the files.
import { useSignal } from "@preact/signals";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { go } from "../lib/router.js";
import { watchApi } from "../lib/watch_api.js";
import { Dialog } from "../ui/dialog.js";
import { PathInput } from "./path_input.js";

export function WatchFolder({ draft, onClose }) {
  const path = useSignal(draft.slots[0].folder.value ?? "");
  const rules = useSignal({ existing: "skip", after: "leave", recursive: draft.options.recursive.value, hours: "" });
  const problems = useSignal([]);
  const change = (name) => (event) => {
    const { type, checked, value } = event.target;
    rules.value = { ...rules.value, [name]: type === "checkbox" ? checked : value };
  };
  const add = async (event) => {
    event.preventDefault();
    const { hours, ...others } = rules.value;
    try {
      await watchApi.add({ path: path.value, submission: watched(draft.submission.value), ...others, ...(hours.trim() && { hours: hours.trim() }) });
      go("#/watches");
    } catch (error) {
      problems.value = error.problems?.length ? error.problems : [{ message: error.message, hint: error.hint }];
    }
  };
  return html`<${Dialog} title="Watch a folder" onClose=${onClose}>
    <p class="dim">What is copied into it becomes a job with these settings: ${draft.title}.</p>
    <form class="watch-folder" novalidate onSubmit=${add}>
      <div class="field">
        <label class="label" for="watch-path">Folder</label>
        <${PathInput} id="watch-path" value=${path.value} set=${(typed) => (path.value = typed)} />
      </div>
      <${Choice} id="watch-existing" label="Files that lie there already" value=${rules.value.existing} onChange=${change("existing")} options=${{ skip: "Leave them alone", take: "Take them, too" }} />
      <${Choice} id="watch-after" label="When a file's job has ended" value=${rules.value.after} onChange=${change("after")} options=${{ leave: "Leave the file where it is", move: "Move it to _done or _failed" }} />
      <div class="field">
        <label class="label" for="watch-hours">Take files only at these hours</label>
        <input type="text" id="watch-hours" placeholder="22:00-07:00" autocomplete="off" value=${rules.value.hours} onInput=${change("hours")} />
      </div>
      <label class="check"><input type="checkbox" checked=${rules.value.recursive} onChange=${change("recursive")} />Folders inside the folder, too</label>
      ${problems.value.map(({ message, hint }) => html`<p key=${message} class="complaint" role="alert">${sentence(message)} ${hint}</p>`)}
      <div class="dialog-buttons">
        <button type="submit" class="primary" disabled=${!path.value.trim()}>Watch this folder</button>
      </div>
    </form>
  <//>`;
}

function Choice({ id, label, options, ...rest }) {
  return html`<div class="field">
    <label class="label" for=${id}>${label}</label>
    <select id=${id} ...${rest}>${Object.entries(options).map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}</select>
  </div>`;
}

/** A submission without its inputs: the watch gives those. */
function watched(whole) {
  const { inputs, input_dir: folder, recursive, limit, not_before: begins, ...submission } = whole;
  return submission;
}
