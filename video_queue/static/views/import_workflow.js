// What comes from ComfyUI: drop, choose or paste a workflow or a file it saved, and its draft is shown.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ErrorLine } from "../ui/error_line.js";
import { html } from "../lib/html.js";
import { importApi } from "../lib/import_api.js";
import { draftOf } from "../state/draft_of_import.js";
import { itemsOf } from "../lib/drops.js";
import { takeHanded } from "../state/dropped.js";
import { Icon } from "../ui/icons.js";
import { ImportDraft } from "./import_draft.js";

export function ImportWorkflow() {
  const draft = useSignal(null);
  const error = useSignal(null);
  const busy = useSignal(false);
  const read = async (work) => {
    busy.value = true;
    error.value = null;
    try {
      draft.value = draftOf(await work);
    } catch (refusal) {
      error.value = refusal;
    } finally {
      busy.value = false;
    }
  };
  useDrops((file) => read(importApi.file(file)));
  useEffect(() => {
    const file = takeHanded("#/workflows");
    if (file) read(importApi.file(file));
  }, []);
  if (draft.value) return html`<${ImportDraft} key=${draft.value} draft=${draft.value} onEnd=${() => (draft.value = null)} />`;
  return html`<section class="import" aria-label="Import from ComfyUI">
    <div class="drop" aria-busy=${busy.value ? "true" : undefined}>
      <p class="drop-words"><${Icon} name="flow" size=${20} /><span>Drop a ComfyUI workflow here, or a picture or clip that ComfyUI saved</span></p>
      <${Ways} read=${read} />
    </div>
    ${error.value && html`<${ErrorLine} error=${error.value} />`}
  </section>`;
}

/** A drop anywhere on this screen is an import, not a new job. */
function useDrops(take) {
  useEffect(() => {
    const drop = (event) => {
      const file = itemsOf(event.dataTransfer)[0]?.file;
      if (!file) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      take(file);
    };
    addEventListener("drop", drop, { capture: true });
    return () => removeEventListener("drop", drop, { capture: true });
  }, []);
}

function Ways({ read }) {
  const chooser = useRef(null);
  const text = useSignal("");
  const choose = (event) => {
    const [file] = event.target.files;
    if (file) read(importApi.file(file));
    event.target.value = "";
  };
  return html`<div class="ways">
    <button type="button" onClick=${() => chooser.current.click()}>Choose a file</button>
    <input ref=${chooser} type="file" class="hidden" tabindex="-1" aria-label="Workflow to import" onChange=${choose} />
    <span class="joined path-entry">
      <input
        type="text" class="mono" aria-label="A workflow as text" placeholder="or paste its JSON" autocomplete="off" spellcheck="false"
        value=${text.value} onInput=${(event) => (text.value = event.target.value)} onKeyDown=${(event) => event.key === "Enter" && text.value && read(importApi.text(text.value))}
      />
      <button type="button" disabled=${!text.value.trim()} onClick=${() => read(importApi.text(text.value))}>Import</button>
    </span>
  </div>`;
}
