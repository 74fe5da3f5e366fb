// Presets in the form of a new job: start from one, and keep what the form says under a name.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { sentence } from "../lib/text.js";
import { presetApi } from "../lib/preset_api.js";
import { toast, toastError } from "../ui/toasts.js";
import { Complaint } from "./fields.js";

const KEPT = ["params", "sweep", "seeds", "resolution", "flip", "review", "output_dir", "if_exists", "tags", "priority", "held", "reuse", "run_order", "note", "limit"];

export function Presets({ draft }) {
  const presets = useSignal([]);
  const chosen = useSignal("");
  const read = () => presetApi.list(draft.workflow).then((page) => (presets.value = page.items), () => undefined);
  useEffect(() => void read(), []);
  const start = (event) => {
    chosen.value = event.target.value;
    const preset = presets.value.find(({ name }) => name === chosen.value);
    if (!preset) return;
    draft.apply(preset);
    toast({ text: `The form starts from ${preset.name}`, hint: said(preset) });
  };
  const remove = async () => {
    const preset = presets.value.find(({ name }) => name === chosen.value);
    const back = () => presetApi.keep(preset.shared ? null : preset.workflow, preset.name, valuesOf(preset)).then(read).catch(toastError);
    try {
      await presetApi.remove(preset);
      chosen.value = "";
      toast({ text: `${preset.name} is removed`, hint: preset.shared ? "It was of all workflows." : "", undo: preset.left_out.length ? null : back });
      await read();
    } catch (error) {
      toastError(error);
    }
  };
  return html`
    ${
      presets.value.length > 0 &&
      html`<div class="field">
        <label class="label" for="preset">Start from a preset</label>
        <select id="preset" value=${chosen.value} onChange=${start}>
          <option value="">As it stands</option>
          ${presets.value.map(({ name, shared }) => html`<option key=${name} value=${name}>${name}${shared ? " (all workflows)" : ""}</option>`)}
        </select>
        ${chosen.value && html`<button type="button" class="quiet" onClick=${remove}>Remove ${chosen.value}</button>`}
      </div>`
    }
    <details class="advanced">
      <summary>Keep as a preset</summary>
      <${Keep} draft=${draft} onKept=${read} />
    </details>`;
}

/** What is kept of a preset when it is kept again. */
function valuesOf({ name, workflow, shared, left_out: leftOut, ...values }) {
  return values;
}

/** What of a preset is not seen in the form at once. */
function said({ tags, left_out: leftOut }) {
  const parts = [tags.length && `tags: ${tags.join(", ")}`, leftOut.length && `not taken here: ${leftOut.join(", ")}`];
  return sentence(parts.filter(Boolean).join("; "));
}

function Keep({ draft, onKept }) {
  const name = useSignal("");
  const shared = useSignal(false);
  const refusal = useSignal(null);
  const keep = async () => {
    const submission = draft.submission.peek();
    const values = Object.fromEntries(KEPT.filter((key) => key in submission).map((key) => [key, submission[key]]));
    if (draft.beginsAt.peek()) values.not_before = draft.beginsAt.peek();
    try {
      await presetApi.keep(shared.value ? null : draft.workflow, name.value.trim(), values);
      refusal.value = null;
      toast({ text: `${name.value.trim()} is kept` });
      onKept();
    } catch (error) {
      refusal.value = error.problems?.[0]?.message ?? `${error.message}. ${error.hint}`;
    }
  };
  return html`<div class="fields">
    <div class="field">
      <label class="label" for="preset-name">Name of the preset</label>
      <input type="text" id="preset-name" autocomplete="off" maxlength="100" value=${name.value} onInput=${(event) => (name.value = event.target.value)} />
      ${refusal.value && html`<${Complaint} text=${refusal.value} />`}
    </div>
    <label class="check">
      <input type="checkbox" checked=${shared.value} onChange=${(event) => (shared.value = event.target.checked)} />For all workflows that take it</label>
    <button type="button" disabled=${!name.value.trim()} onClick=${keep}>Keep it</button>
  </div>`;
}
