// Below the form, always in view: the number of renders, what they take, and the buttons to submit.
import { useSignal } from "@preact/signals";
import { number } from "../lib/format.js";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { go } from "../lib/router.js";
import { KINDS } from "../lib/words.js";
import { remember } from "../lib/remembered.js";
import { futureOf } from "../state/future.js";
import { Complaint } from "./fields.js";
import { Icon } from "../ui/icons.js";
import { toast, toastError } from "../ui/toasts.js";

const IN_FIELDS = ["params", "inputs", "input_dir", "sweep", "seeds", "resolution"];

export function Summary({ draft, onSent }) {
  const sending = useSignal(false);
  const elsewhere = draft.problems().filter(({ loc }) => !IN_FIELDS.includes(loc[0]));
  const submit = async (more) => {
    sending.value = true;
    try {
      const job = await draft.submit(more);
      if (job) sent(draft, job, onSent);
      else focusProblem();
    } catch (error) {
      toastError(error);
    } finally {
      sending.value = false;
    }
  };
  const count = draft.answer.value?.prompts ?? 0;
  const waits = sending.value || draft.uploading.value;
  const limited = draft.options.limit.value > 0;
  return html`<aside class="summary" aria-label="Summary">
    <p class="summary-count num" role="status"><${CountLine} draft=${draft} /></p>
    ${(draft.answer.value?.warnings ?? []).map((warning) => html`<p key=${warning.message} class="warning"><${Icon} name="alert" />${sentence(warning.message)}</p>`)}
    ${elsewhere.map(({ message }) => html`<${Complaint} key=${message} text=${message} />`)}
    <div class="summary-buttons">
      ${count > 1 && !limited && html`<button type="button" disabled=${waits} title="The rest is held until you release it" onClick=${() => submit({ limit: 1 })}>Try one first</button>`}
      <button type="button" class="primary" disabled=${waits} onClick=${() => submit()}>
        ${draft.uploading.value ? "One moment" : count > 1 ? `Submit ${number(count)} renders` : "Submit"}
      </button>
    </div>
  </aside>`;
}

function sent(draft, job, onSent) {
  onSent();
  remember("workflow", draft.workflow);
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

/** "6 clips × 4 seeds = 24 renders, about 3 h, done about 06:40, 18 GB". */
function CountLine({ draft }) {
  if (!draft.answer.value) return html`<span class="dim">…</span>`;
  const future = futureOf(draft);
  if (!future) return html`<span class="dim">${hintFor(draft)}</span>`;
  const { factors, renders, estimate, title } = future;
  return html`${factors && html`<span class="dim">${factors} = </span>`}<strong>${renders}</strong>${estimate && html`<span class="dim" title=${title}>, ${estimate}</span>`}`;
}

function hintFor(draft) {
  if (draft.problems().length) return "Something needs another look.";
  const empty = draft.slots.find((slot) => !slot.entries.value.length);
  return empty ? `Add a ${KINDS[empty.kind]?.one ?? "file"} to begin.` : "Nothing to render yet.";
}
