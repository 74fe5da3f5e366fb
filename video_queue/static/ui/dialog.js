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
  return html`<${Dialog} title=${asked.title} onClose=${() => end(false)}>
    <p>${asked.text}</p>
    <div class="dialog-buttons">
      <button type="button" onClick=${() => end(false)}>${asked.no}</button>
      <button type="button" class="danger" onClick=${() => end(true)}>${asked.yes}</button>
    </div>
  <//>`;
}
