// A review item by item: approve or reject each; when all are decided the render goes on. Fetched when it is opened.
import { useSignal } from "@preact/signals";
import { render } from "preact";
import { api } from "../lib/api.js";
import { baseName } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Dialog } from "../ui/dialog.js";
import { toastError } from "../ui/toasts.js";

const described = (item) =>
  item?.path ? baseName(item.path) : typeof item === "object" ? Object.entries(item).map(([key, value]) => `${key} ${value}`).join(" · ") : `${item}`;

function Item({ item, number, choice, onChoose }) {
  return html`<li class="review-item">
    <span class="num dim">${number}</span><span class="review-name wrap">${described(item)}</span>${item?.frames ? html`<span class="num dim">${item.frames} frames</span>` : null}
    <span class="review-choices">${["approve", "reject"].map(
      (value) => html`<button type="button" class="chip" aria-pressed=${choice === value} onClick=${() => onChoose(value)}>${value === "approve" ? "Approve" : "Reject"}</button>`,
    )}</span>
  </li>`;
}

function Review({ prompt, gate, onClose }) {
  const choices = useSignal(Object.fromEntries((gate.decisions ?? []).map((entry) => [entry.item, entry.do])));
  const save = async () => {
    const decisions = Object.entries(choices.peek()).map(([item, value]) => ({ item: Number(item), do: value }));
    if (decisions.length) await api.actOnPrompt(prompt.id, "review", { decisions }).catch(toastError);
    onClose();
  };
  const choose = (number) => (value) => {
    choices.value = { ...choices.peek(), [number]: value };
  };
  return html`<${Dialog} title=${`Review render ${prompt.index} of job ${prompt.job_id}`} onClose=${onClose}>
    ${gate.problem && html`<p class="warning">${gate.problem}</p>`}
    <ol class="plain">
      ${gate.items.map((item, at) => html`<${Item} key=${at} item=${item} number=${at + 1} choice=${choices.value[at + 1]} onChoose=${choose(at + 1)} />`)}
    </ol>
    <div class="dialog-buttons"><button type="button" class="primary" onClick=${save}>Save decisions</button></div>
  <//>`;
}

/** Show what waits; resolved when the dialog is closed. */
export async function openReview(id) {
  const prompt = await api.prompt(id);
  const gate = prompt.phases.find((phase) => phase.state === "review")?.result;
  if (!gate) return undefined;
  const place = document.body.appendChild(document.createElement("div"));
  return new Promise((closed) => {
    const onClose = () => {
      render(null, place);
      place.remove();
      closed();
    };
    render(html`<${Review} prompt=${prompt} gate=${gate} onClose=${onClose} />`, place);
  });
}
