// The browser's own dialog: it keeps the focus inside, closes on Escape and gives the focus back.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { question } from "../state/store.js";
import { IconButton } from "./icons.js";
import { sheet } from "./lazy.js";

void sheet("later");

export function Dialog({ title, onClose, children, wide = false }) {
  const element = useRef(null);
  useEffect(() => {
    /** @type {any} */
    const back = document.activeElement;
    element.current.showModal();
    // Closing gives the focus back by itself; taking the element away does not.
    return () => document.activeElement === document.body && back?.focus();
  }, []);
  const outside = (event) => event.target === element.current && element.current.close();
  return html`<dialog ref=${element} class=${wide ? "wide" : ""} aria-label=${title} onClose=${onClose} onClick=${outside}>
    <div class="dialog-inner">
      <header class="dialog-head">
        <h2>${title}</h2>
        <${IconButton} icon="cross" label="Close" onClick=${() => element.current.close()} />
      </header>
      ${children}
    </div>
  </dialog>`;
}

export function Question() {
  const asked = question.value;
  if (!asked) return null;
  const end = (answer) => {
    question.value = null;
    asked.answer(answer);
  };
  if (asked.label) return html`<${NumberQuestion} asked=${asked} end=${end} />`;
  return html`<${Dialog} title=${asked.title} onClose=${() => end(false)}>
    <p>${asked.text}</p>
    <div class="dialog-buttons">
      <button type="button" onClick=${() => end(false)}>${asked.no}</button>
      <button type="button" class="danger" onClick=${() => end(true)}>${asked.yes}</button>
    </div>
  <//>`;
}

function NumberQuestion({ asked, end }) {
  const submit = (event) => {
    event.preventDefault();
    end(Number(new FormData(event.target).get("number")));
  };
  return html`<${Dialog} title=${asked.title} onClose=${() => end(false)}>
    <form class="fields" onSubmit=${submit}>
      <label class="label" for="asked-number">${asked.label}</label>
      <input type="number" id="asked-number" name="number" min=${asked.min} max="9999999" step="1" required autofocus inputmode="numeric" />
      <div class="dialog-buttons">
        <button type="button" onClick=${() => end(false)}>${asked.no}</button>
        <button type="submit" class="primary">${asked.yes}</button>
      </div>
    </form>
  <//>`;
}
