// The draft of an imported workflow: which of the graph's inputs the form asks for, what it calls them, and the file itself.
import { useSignal } from "@preact/signals";
import { ErrorLine } from "../ui/error_line.js";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { importApi } from "../lib/import_api.js";
import { go, newHref } from "../lib/router.js";
import { bodyOf, changeKeys, changeRow, moveRow } from "../state/draft_of_import.js";
import { forgetDrafts } from "../state/drafts.js";
import { readWorkflows } from "../state/store.js";
import { ask } from "../ui/ask.js";
import { Icon, IconButton } from "../ui/icons.js";
import { toast } from "../ui/toasts.js";

export function ImportDraft({ draft, onEnd }) {
  const error = useSignal(null);
  const asFile = useSignal(false);
  const shown = useSignal("");
  const show = async (file) => {
    error.value = null;
    try {
      if (file && draft.yaml.peek() === null) shown.value = (await importApi.check(bodyOf(draft))).yaml;
      asFile.value = file;
    } catch (refusal) {
      error.value = refusal;
    }
  };
  const { kind, ...slots } = draft.imported.definition.inputs ?? {};
  return html`<section class="part draft" aria-label="Draft">
    <div class="part-head"><h2>${draft.imported.source || "Pasted workflow"}</h2></div>
    <div class="draft-head">
      <label class="field"><span class="label">Title</span>
        <input type="text" value=${draft.title.value} disabled=${draft.yaml.value !== null} onInput=${(event) => (draft.title.value = event.target.value)} /></label>
      <label class="field"><span class="label">Name</span>
        <input type="text" class="mono" spellcheck="false" value=${draft.name.value} onInput=${(event) => (draft.name.value = event.target.value)} /></label>
    </div>
    <p class="dim small">${inputsText(kind, slots)}</p>
    <${Touches} touches=${draft.imported.touches} />
    <${Notes} draft=${draft} />
    <div class="chips" role="group" aria-label="Shown as">
      ${[["Parameters", false], ["File", true]].map(
        ([word, file]) => html`<button key=${word} type="button" class="chip" aria-pressed=${String(asFile.value === file)} onClick=${() => show(file)}>${word}</button>`,
      )}
    </div>
    ${asFile.value ? html`<${AsFile} draft=${draft} shown=${shown} />` : html`<${Rows} draft=${draft} />`}
    ${error.value && html`<${ErrorLine} error=${error.value} />`}
    <${Buttons} draft=${draft} error=${error} onEnd=${onEnd} />
  </section>`;
}

function inputsText(kind, slots) {
  const named = Object.entries(slots).filter(([, spec]) => spec?.kind);
  if (named.length) return `Takes ${named.map(([slot, spec]) => `${slot} (${spec.kind})`).join(", ")}.`;
  return kind && kind !== "none" ? `Takes one ${kind} for each render.` : "Takes no files.";
}

const TOUCHED = { reads: "Reads", writes: "Writes", models: "Models", nodes: "Nodes", addresses: "Names", programs: "Starts" };

/** What it would touch if it ran. Nothing of it has run. */
function Touches({ touches = {} }) {
  const kinds = Object.keys(TOUCHED).filter((kind) => touches[kind]?.length);
  if (!kinds.length) return null;
  return html`<details class="draft-touches"><summary>What it would touch: ${kinds.map((kind) => `${TOUCHED[kind].toLowerCase()} ${touches[kind].length}`).join(", ")}</summary>
    <dl>${kinds.map((kind) => [html`<dt key=${kind}>${TOUCHED[kind]}</dt>`, html`<dd>${touches[kind].join(", ")}</dd>`])}</dl>
  </details>`;
}

function Notes({ draft }) {
  return html`${draft.problems.value.map((item) => html`<${ErrorLine} key=${item.message} error=${item} />`)}
    ${draft.warnings.value.map((item) => html`<p key=${item.message} class="warning"><${Icon} name="alert" />${sentence(item.message)}</p>`)}`;
}

function Rows({ draft }) {
  if (draft.yaml.value !== null) return html`<p class="dim">The file was changed by hand and counts as it is. <button type="button" class="quiet" onClick=${() => (draft.yaml.value = null)}>Drop those changes</button></p>`;
  const rows = draft.rows.value;
  if (!rows.length) return html`<p class="dim">The graph has nothing that a form would ask for.</p>`;
  return html`<ol class="draft-rows" aria-label="Parameters">
    ${rows.map((row, index) => html`<${Row} key=${row.name} draft=${draft} row=${row} index=${index} last=${rows.length - 1} />`)}
  </ol>`;
}

function Row({ draft, row, index, last }) {
  const { keys, name } = row;
  const ranged = keys.type === "int" || keys.type === "float";
  const limit = (key) => html`<input
    type="number" class="number" step="any" aria-label=${`${key === "min" ? "Smallest" : "Largest"} ${keys.title}`} placeholder="no limit" disabled=${!row.kept}
    value=${keys[key] ?? ""} onChange=${(event) => changeKeys(draft, row, { [key]: event.target.value === "" ? null : Number(event.target.value), step: null })}
  />`;
  return html`<li class="draft-row" data-out=${row.kept ? undefined : ""}>
    <input type="checkbox" id=${`keep-${name}`} aria-label=${`Ask for ${keys.title}`} checked=${row.kept} onChange=${() => changeRow(draft, name, { kept: !row.kept })} />
    <input type="text" aria-label=${`Title of ${name}`} value=${keys.title ?? name} disabled=${!row.kept} onInput=${(event) => changeKeys(draft, row, { title: event.target.value })} />
    <span class="dim small clip" title=${String(keys.default ?? "")}>${keys.type} · ${String(keys.default ?? "none")}</span>
    <span class="draft-range">${ranged && html`${limit("min")}<span class="dim">to</span>${limit("max")}`}</span>
    <span class="draft-moves">
      <${IconButton} icon="up" label=${`Move ${keys.title} up`} disabled=${index === 0} onClick=${() => moveRow(draft, index, -1)} />
      <${IconButton} icon="down" label=${`Move ${keys.title} down`} disabled=${index === last} onClick=${() => moveRow(draft, index, 1)} />
    </span>
  </li>`;
}

function AsFile({ draft, shown }) {
  return html`<textarea
    class="mono draft-file" aria-label="The workflow file" spellcheck="false" rows="24"
    value=${draft.yaml.value ?? shown.value} onInput=${(event) => (draft.yaml.value = event.target.value)}
  ></textarea>`;
}

function Buttons({ draft, error, onEnd }) {
  const busy = useSignal(false);
  const save = async (force) => {
    busy.value = true;
    error.value = null;
    const name = draft.name.peek().trim();
    try {
      const saved = await importApi.save(bodyOf(draft), name, force);
      forgetDrafts(saved.name);
      await readWorkflows();
      toast({ text: `${saved.name} is among your workflows`, hint: saved.saved ?? undefined });
      onEnd();
      go(saved.problems.length ? "#/workflows" : newHref(saved.name));
    } catch (refusal) {
      if (refusal.code === "invalid_state" && !force && (await replace(name, refusal))) return void save(true);
      error.value = refusal;
    } finally {
      busy.value = false;
    }
  };
  return html`<div class="dialog-buttons">
    <button type="button" onClick=${onEnd}>Discard</button>
    <button type="button" class="primary" disabled=${busy.value} onClick=${() => save(false)}>Save and open the form</button>
  </div>`;
}

const replace = (name, refusal) =>
  ask({ title: `Replace ${name}?`, text: `${sentence(refusal.message)} A workflow that ships with video_queue only steps behind yours.`, yes: "Replace it" });
