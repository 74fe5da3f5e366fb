// What was said, line by line or word by word: the one that plays is marked, a click plays it, Enter corrects it.
import { effect, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { useActs } from "./acts.js";
import { Bar } from "./bar.js";
import { useFollowed } from "./items.js";
import { Shown } from "./shown.js";
import { playParts, useMoment, useSource } from "./source.js";
import { exact } from "./words.js";

const LETTERS = 60; // in a line

export function Lines({ review }) {
  const view = review.view.value;
  const at = review.at.value;
  const choices = review.draft.choices.value;
  const source = useSource(view.source, { loop: false });
  const moment = useMoment(source);
  const editing = useSignal(0);
  const box = useFollowed(at);
  useMarked(box, moment, review);
  const play = (number) => {
    review.at.value = number;
    const { start, end } = review.item(number);
    if (source) playParts(source.clip.peek(), [[start, Math.max(end, start + 0.2)]]);
  };
  const edit = (number) => {
    review.at.value = number;
    editing.value = number;
  };
  const finish = () => {
    const number = editing.peek();
    editing.value = 0;
    requestAnimationFrame(() => box.current?.querySelector(`[data-item="${number}"]`)?.focus());
  };
  useActs(review, { around: () => play(review.at.peek()), correct: () => edit(review.at.peek()) });
  const words = view.entries.every(({ item }) => !item.text.trim().includes(" "));
  return html`<${Shown} review=${review} source=${source} />
    <ol class="review-lines plain" data-words=${words ? "" : undefined} aria-label="What was said" ref=${box}>
      ${view.entries.map(({ item }, index) => {
        const number = index + 1;
        const text = review.item(number).text;
        const gone = choices[number]?.do === "reject";
        if (editing.value === number) return html`<li key=${number}><${Field} review=${review} number=${number} text=${text} finish=${finish} /></li>`;
        return html`<li key=${number}>
          <button
            type="button" class="review-line" data-item=${number} data-do=${choices[number]?.do} data-changed=${text === item.text ? undefined : ""} aria-current=${number === at ? "true" : undefined}
            tabindex=${number === at ? 0 : -1} title=${text === item.text ? "Click plays it, Enter corrects it" : `It was “${item.text}”`}
            onClick=${() => play(number)} onDblClick=${() => edit(number)} onKeyDown=${(event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && (event.preventDefault(), edit(review.at.peek()))}
          >
            ${!words && html`<span class="num dim">${exact(item.start)}</span>`}<span class="review-text">${text}</span>${gone && html`<span class="hidden">, left out</span>`}
          </button>
        </li>`;
      })}
    </ol>
    <${Bar} review=${review}><button type="button" title="Enter" onClick=${() => edit(review.at.peek())}>Correct</button><//>`;
}

/** The text that is corrected; what is typed is kept at once, Escape brings back what was there. */
function Field({ review, number, text, finish }) {
  const field = useRef(null);
  const before = useRef(review.draft.choices.peek());
  // At once: what is typed next is meant for it.
  useLayoutEffect(() => {
    field.current.value = text;
    field.current.focus();
    field.current.select();
  }, []);
  const { item } = review.view.peek().entries[number - 1];
  const type = ({ currentTarget: { value } }) => {
    const choice = !value.trim() ? { do: "reject" } : value === item.text ? { do: "approve" } : { do: "approve", with: { text: value } };
    review.draft.change({ choices: { ...review.draft.choices.peek(), [number]: choice }, words: `“${item.text}” is “${value}”`, kind: `text ${number}`, number });
  };
  const key = (event) => {
    if (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") review.draft.put(before.current, review.draft.added.peek());
      else review.say(`“${review.item(number).text}” is used`);
      finish();
    }
  };
  return html`<textarea ref=${field} class="review-field" rows=${Math.ceil(text.length / LETTERS) || 1} aria-label=${`What is said at ${exact(item.start)}`} onInput=${type} onKeyDown=${key} onBlur=${finish}></textarea>`;
}

/** Mark the line that plays, without drawing all others again. */
function useMarked(box, moment, review) {
  useEffect(
    () =>
      effect(() => {
        const time = moment.value;
        const { entries } = review.view.value;
        let [low, high] = [0, entries.length];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (entries[middle].item.start <= time + 0.005) low = middle + 1;
          else high = middle;
        }
        const number = low && time < entries[low - 1].item.end ? low : 0;
        const marked = box.current?.querySelector("[data-playing]");
        if (Number(marked?.dataset.item) === number) return;
        marked?.removeAttribute("data-playing");
        if (number) box.current?.querySelector(`[data-item="${number}"]`)?.setAttribute("data-playing", "");
      }),
    [moment, review],
  );
}
