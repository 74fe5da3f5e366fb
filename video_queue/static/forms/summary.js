// Beside the form: the number of renders, estimates, name, order, and the button to submit.
import { useSignal } from "@preact/signals";
import { number, plural } from "../lib/format.js";
import { about, bytes, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { go } from "../lib/router.js";
import { KINDS } from "../lib/words.js";
import { Complaint } from "./fields.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { toast, toastError } from "../ui/toasts.js";

const Presets = lazyPart(() => import("./presets.js").then((module) => module.Presets));
const WatchFolder = lazyPart(() => import("./watch_folder.js").then((module) => module.WatchFolder), "later");

export function Summary({ draft, onSent }) {
  const sending = useSignal(false);
  const answer = draft.answer.value;
  const elsewhere = draft.problems().filter(({ loc }) => !["params", "inputs", "input_dir", "sweep", "seeds", "resolution"].includes(loc[0]));
  const submit = async () => {
    sending.value = true;
    try {
      const job = await draft.submit();
      if (job) sent(job, onSent);
      else focusProblem();
    } catch (error) {
      toastError(error);
    } finally {
      sending.value = false;
    }
  };
  const count = answer?.prompts ?? 0;
  return html`<aside class="summary" aria-label="Summary">
    <p class="summary-count num" role="status"><${PreviewLine} draft=${draft} /></p>
    ${(answer?.warnings ?? []).map((warning) => html`<p key=${warning.message} class="warning"><${Icon} name="alert" />${sentence(warning.message)}</p>`)}
    ${elsewhere.map(({ message }) => html`<${Complaint} key=${message} text=${message} />`)}
    <${Carried} draft=${draft} />
    <${Options} draft=${draft} />
    <${Presets} draft=${draft} />
    <button type="button" class="primary wide" disabled=${sending.value || draft.uploading.value} onClick=${submit}>
      ${draft.uploading.value ? "Uploading" : count > 1 ? `Submit ${number(count)} renders` : "Submit"}
    </button>
    ${draft.slots.length === 1 && !draft.ui.slots && html`<${WatchButton} draft=${draft} />`}
    ${draft.wasRemembered.value && html`<p class="help">Filled in as you left it. <button type="button" class="link" onClick=${() => draft.toDefaults()}>Start from the defaults</button></p>`}
  </aside>`;
}

/** For workflows that take one kind of file: all that comes into a folder, with these settings. */
function WatchButton({ draft }) {
  const open = useSignal(false);
  return html`<button type="button" class="wide" onClick=${() => (open.value = true)}><${Icon} name="eye" />Watch a folder</button>
    ${open.value && html`<${WatchFolder} draft=${draft} onClose=${() => (open.value = false)} />`}`;
}

const CARRIED = {
  glob: (glob) => `Only ${glob}`,
  rows: (rows) => `${plural(rows.length, "row")} of values`,
  note: (note) => `Note: ${note}`,
  not_before: (at) => `Not before ${new Date(at).toLocaleString()}`,
  after: (jobs) => `After job ${jobs.join(", ")}`,
  limit: (limit) => `Only the first ${limit} until you release the rest`,
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

function sent(job, onSent) {
  onSent();
  if (job.reused) toast({ text: `Job ${job.id} already does exactly this; nothing was added` });
  go(`#/jobs/${job.id}`);
}

function focusProblem() {
  requestAnimationFrame(() => {
    const place = document.querySelector("[aria-invalid=true]") ?? document.querySelector(".complaint");
    place?.scrollIntoView({ block: "center" });
    place?.focus?.();
  });
}

/** "6 clips × 4 seeds = 24 renders, about 3 h, 18 GB". */
function PreviewLine({ draft }) {
  const answer = draft.answer.value;
  if (!answer) return html`<span class="dim">…</span>`;
  if (!answer.prompts) return html`<span class="dim">${hintFor(draft)}</span>`;
  const factors = [inputFactor(draft), ...draft.variations.factors()].filter(Boolean);
  const product = factors.reduce((all, factor) => all * factor.count, 1);
  const explained = factors.length > 0 && product === answer.prompts && (factors.length > 1 || answer.prompts > 1);
  const words = factors.map(({ count, one, many }) => plural(count, one, many)).join(" × ");
  return html`${explained && html`<span class="dim">${words} = </span>`}<strong>${plural(answer.prompts, "render")}</strong><span class="dim">${estimate(answer.estimate)}</span>`;
}

function inputFactor({ slots, ui }) {
  const [first] = slots;
  if (!first || ui.slots || first.folder.value) return null;
  const { one, many } = KINDS[first.kind] ?? KINDS.other;
  return { count: first.paths.value.length, one, many };
}

function hintFor(draft) {
  if (draft.problems().length) return "Something needs another look.";
  const empty = draft.slots.find((slot) => !slot.entries.value.length);
  return empty ? `Add a ${KINDS[empty.kind]?.one ?? "file"} to begin.` : "Nothing to render yet.";
}

function estimate({ seconds_low: low, seconds_high: high, bytes: size }) {
  const time = low || high ? `about ${about(Math.max(1, low), Math.max(1, high ?? low))}` : "";
  return [time, size && bytes(size)].filter(Boolean).join(" · ");
}

function Options({ draft }) {
  const { priority, front, held, limit, recursive, if_exists: ifExists, run_order: runOrder, output_dir: outputDir } = draft.options;
  const set = (target) => (event) => {
    target.value = event.target.value;
  };
  const check = (target, text) => html`<label class="check">
    <input type="checkbox" checked=${target.value} onChange=${(event) => (target.value = event.target.checked)} />${text}</label>`;
  return html`<div class="field">
      <label class="label" for="job-name">Name</label>
      <input type="text" id="job-name" placeholder="by its first file" autocomplete="off" maxlength="300" value=${draft.name.value} onInput=${set(draft.name)} />
    </div>
    <details class="advanced">
      <summary>Order and place</summary>
      <div class="fields">
        <div class="field">
          <label class="label" for="run-order">Renders</label>
          <select id="run-order" value=${runOrder.value} onChange=${set(runOrder)}>
            <option value="">As few model loads as possible</option>
            <option value="by_phase">Phase by phase</option>
            <option value="by_prompt">One after the other</option>
          </select>
        </div>
        ${check(front, "Before everything else")}
        ${check(held, "Hold it until I release it")}
        <div class="field" data-short>
          <label class="label" for="job-limit">Only the first</label>
          <input type="number" id="job-limit" class="number" min="0" step="1" placeholder="all" value=${limit.value || ""} aria-describedby="job-limit-help" onInput=${(event) => (limit.value = Math.max(0, Math.trunc(Number(event.target.value)) || 0))} />
          <p class="help" id="job-limit-help">The rest is held until you release it.</p>
        </div>
        <div class="field" data-short>
          <label class="label" for="job-begins">Begin at</label>
          <input type="time" id="job-begins" value=${draft.beginsAt.value} onInput=${set(draft.beginsAt)} />
        </div>
        ${draft.slots.some((slot) => slot.folder.value) && check(recursive, "Folders inside the folder, too")}
        <div class="field" data-short>
          <label class="label" for="job-priority">Priority</label>
          <input type="number" id="job-priority" class="number" step="1" value=${priority.value} onInput=${(event) => (priority.value = Math.trunc(Number(event.target.value)) || 0)} />
        </div>
        <div class="field">
          <label class="label" for="job-folder">Output folder</label>
          <input type="text" id="job-folder" class="mono" placeholder="the usual one" autocomplete="off" spellcheck="false" value=${outputDir.value} onInput=${set(outputDir)} />
        </div>
        <div class="field">
          <label class="label" for="job-exists">If a file is there already</label>
          <select id="job-exists" value=${ifExists.value} onChange=${set(ifExists)}>
            <option value="version">Add a version number</option>
            <option value="skip">Skip what was made before</option>
          </select>
        </div>
      </div>
    </details>`;
}
