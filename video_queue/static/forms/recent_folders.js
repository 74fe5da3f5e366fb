// The folders an artist took files from last: those chosen here, and those of the newest jobs.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../lib/api.js";
import { baseName } from "../lib/format.js";
import { folderOf, middle } from "../lib/text.js";
import { html } from "../lib/html.js";
import { recall, remember } from "../lib/remembered.js";
import { Poster } from "../ui/poster.js";

const MOST = 4;
const JOBS = 30;
const UPLOADED = /[\\/]uploads[\\/]/;

/** A folder was used: it comes first from now on. */
export function keepFolder(path) {
  remember("folders", [path, ...recall("folders", []).filter((other) => other !== path)].slice(0, MOST));
}

/** The folder of a job's first input; null without one. @param {Api.Job} job */
function folderOfJob({ submission: { inputs, input_dir: folder } }) {
  if (folder) return folder;
  const [first] = Array.isArray(inputs) ? inputs : (inputs?.first ?? []);
  return typeof first === "string" && /[\\/]/.test(first) && !UPLOADED.test(first) ? folderOf(first) : null;
}

export function useRecentFolders() {
  const folders = useSignal(recall("folders", []));
  useEffect(() => {
    const read = async () => {
      const { items } = await api.jobs({ limit: JOBS });
      folders.value = [...new Set([...folders.peek(), ...items.map(folderOfJob).filter(Boolean)])].slice(0, MOST);
    };
    read().catch(() => undefined);
  }, []);
  return folders.value;
}

/** As buttons that take the whole folder. */
export function RecentFolders({ onTake }) {
  const folders = useRecentFolders();
  if (!folders.length) return null;
  return html`<div class="recents" role="group" aria-label="Recent folders">
    ${folders.map(
      (path) => html`<button key=${path} type="button" class="recent" title=${`All of ${path}`} onClick=${() => onTake(path)}>
        <span class="thumb"><${Poster} poster=${path} icon="folder" /></span>
        <span class="input-text"><span class="clip">${baseName(path)}</span><span class="clip dim mono small">${middle(path, 40)}</span></span>
      </button>`,
    )}
  </div>`;
}
