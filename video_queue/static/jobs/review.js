// A review item by item: approve, reject, split, join, or correct a text; when all are decided the render goes on.
// Fetched when it is opened.
import { useSignal } from "@preact/signals";
import { render } from "preact";
import { server } from "../lib/more_api.js";
import { baseName, clock } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Dialog } from "../ui/dialog.js";
import { toastError } from "../ui/toasts.js";

const LINE = 26; // letters in a line of a narrow window
const WORDS = { approve: "Approve", reject: "Reject", split: "Split", merge: "Join with next" };

const described = (item) =>
  item?.path ? baseName(item.path) : typeof item === "object" ? Object.entries(item).map(([key, value]) => `${key} ${value}`).join(" · ") : `${item}`;

/** The frames an item can be split at, `[first, last]`; null where there is none. */
function splitFrames(item) {
  if (item?.path) return item.frames > 1 ? [1, item.frames - 1] : null;
  return item?.end_frame - item?.start_frame > 1 ? [item.start_frame + 1, item.end_frame - 1] : null;
}

/** Whether an item is a text with its times: a word or a segment of what was said. */
const isSaid = (item) => typeof item?.text === "string" && typeof item.start === "number";

const isCut = (choice) => choice?.do === "split" || choice?.do === "merge";

/** A text that may be corrected; a corrected one is approved. */
function SaidText({ item, choice, onChoose }) {
  const correct = ({ currentTarget: { value } }) => onChoose(value === item.text ? { do: "approve" } : { do: "approve", with: { text: value } });
  const text = choice?.with?.text ?? item.text;
  return html`<span class="num dim">${clock(item.start)}</span>
    <textarea class="review-name" rows=${Math.ceil(text.length / LINE) || 1} aria-label=${`What is said at ${clock(item.start)}`} value=${text} onInput=${correct}></textarea>`;
}

function Item({ item, number, choice, joined, last, onChoose }) {
  const frames = splitFrames(item);
  const offered = ["approve", "reject", ...(frames ? ["split"] : []), ...(frames && !last ? ["merge"] : [])];
  const choose = (value) => onChoose(value === "split" ? { do: value, at_frame: Math.round((frames[0] + frames[1]) / 2) } : { do: value });
  return html`<li class="review-item">
    ${isSaid(item)
      ? html`<${SaidText} item=${item} choice=${choice} onChoose=${onChoose} />`
      : html`<span class="num dim">${number}</span><span class="review-name wrap">${described(item)}</span>`}${item?.frames ? html`<span class="num dim">${item.frames} frames</span>` : null}
    ${joined
      ? html`<span class="dim">joins ${number - 1}</span>`
      : html`<span class="review-choices">${offered.map(
          (value) => html`<button type="button" class="chip" aria-pressed=${choice?.do === value} onClick=${() => value !== choice?.do && choose(value)}>${WORDS[value]}</button>`,
        )}</span>`}
    ${!joined && choice?.do === "split" && html`<label class="review-frame">First frame of the second part${" "}
      <input type="number" min=${frames[0]} max=${frames[1]} value=${choice.at_frame} onInput=${(event) => onChoose({ do: "split", at_frame: event.currentTarget.valueAsNumber })} /></label>`}
  </li>`;
}

/** What is sent: a joined item is named by the one it joins. */
function decisionsOf(choices, count) {
  const decisions = [];
  for (let number = 1; number <= count; number++) {
    const choice = choices[number];
    if (!choice) continue;
    if (choice.do !== "merge") {
      decisions.push({ item: number, ...choice });
      continue;
    }
    const first = number;
    const others = [];
    while (choices[number]?.do === "merge") others.push(++number);
    decisions.push({ item: first, do: "merge", with: others });
  }
  return decisions;
}

function Review({ prompt, gate, onClose }) {
  const choices = useSignal(Object.fromEntries((gate.decisions ?? []).map(({ item, ...choice }) => [item, choice])));
  const save = async () => {
    const before = new Map((gate.decisions ?? []).map((entry) => [entry.item, entry]));
    const isNew = (entry) => before.get(entry.item)?.do !== entry.do || before.get(entry.item)?.with?.text !== entry.with?.text;
    const decisions = decisionsOf(choices.peek(), gate.items.length).filter(isNew);
    try {
      if (decisions.length) await server.actOnPrompt(prompt.id, "review", { decisions });
      onClose();
    } catch (error) {
      toastError(error);
    }
  };
  const choose = (number) => (value) => {
    choices.value = { ...choices.peek(), [number]: value };
  };
  const left = gate.items.map((_item, at) => at + 1).filter((number) => !choices.value[number]);
  const approveRest = () => {
    choices.value = { ...choices.peek(), ...Object.fromEntries(left.map((number) => [number, { do: "approve" }])) };
  };
  const cut = Object.values(choices.value).some(isCut);
  const between = gate.between?.length ? `What you split or join goes through ${gate.between.join(", ")} again, all else stays; then you are asked.` : "What you split or join waits here for your decision; all else stays.";
  return html`<${Dialog} title=${`Review render ${prompt.index} of job ${prompt.job_id}`} onClose=${onClose}>
    ${gate.problem && html`<p class="warning">${gate.problem}</p>`}
    <ol class="plain">
      ${gate.items.map(
        (item, at) =>
          html`<${Item} key=${at} item=${item} number=${at + 1} choice=${choices.value[at + 1]} joined=${choices.value[at]?.do === "merge"} last=${at + 1 === gate.items.length} onChoose=${choose(at + 1)} />`,
      )}
    </ol>
    ${cut && html`<p class="dim" role="status">${between}</p>`}
    <div class="dialog-buttons">
      ${left.length > 1 && html`<button type="button" onClick=${approveRest}>${left.length === gate.items.length ? "Approve all" : `Approve the other ${left.length}`}</button>`}
      <button type="button" class="primary" onClick=${save}>Save decisions</button>
    </div>
  <//>`;
}

/** Show what waits; resolved when the dialog is closed. */
export async function openReview(id) {
  const prompt = await server.prompt(id);
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
