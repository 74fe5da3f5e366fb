// Short words about what just happened, with a way back where there is one. They wait while somebody is at them.
import { signal } from "@preact/signals";
import { sentence } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon, IconButton } from "./icons.js";

const SECONDS = 7;
const SECONDS_OF_ERRORS = 12;
const toasts = signal([]);
let counter = 0;

class Toast {
  constructor({ text, hint, undo, link, onGone, tone }) {
    counter += 1;
    Object.assign(this, { id: counter, text, hint, undo, link, onGone, tone });
    this.wait();
  }

  wait() {
    this.timer = setTimeout(() => this.close(), 1000 * (this.tone === "failed" ? SECONDS_OF_ERRORS : SECONDS));
  }

  hold() {
    clearTimeout(this.timer);
  }

  close() {
    this.hold();
    if (!toasts.peek().includes(this)) return;
    toasts.value = toasts.peek().filter((one) => one !== this);
    this.onGone?.();
  }

  takeBack() {
    this.onGone = null;
    this.close();
    this.undo();
  }
}

/** `undo` takes it back; `onGone` is called when that chance has passed. */
export function toast(what) {
  toasts.value = [...toasts.peek(), new Toast(what)].slice(-4);
}

export function toastError(error) {
  if (error.name === "AbortError") return;
  toast({ text: sentence(error.message), hint: error.hint, tone: "failed" });
}

/** Take back the latest thing that can be; false when there is none. */
export function undoLatest() {
  const latest = toasts.peek().findLast((one) => one.undo);
  latest?.takeBack();
  return Boolean(latest);
}

// Whatever still waits to be done is done when the page goes.
addEventListener("pagehide", () => toasts.peek().forEach((one) => one.close()));

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      (one) => html`<div
        key=${one.id} class="toast" onMouseEnter=${() => one.hold()} onMouseLeave=${() => one.wait()}
        onFocusIn=${() => one.hold()} onFocusOut=${() => one.wait()}
      >
        ${one.tone && html`<span class="state" data-tone=${one.tone}><${Icon} name="alert" /></span>`}
        <div class="toast-text">
          <span>${one.text}</span>
          ${one.hint && html`<span class="dim">${one.hint}</span>`}
        </div>
        ${one.link && html`<a class="button quiet" href=${one.link.href}>${one.link.text}</a>`}
        ${one.undo && html`<button type="button" class="quiet" onClick=${() => one.takeBack()}>Undo</button>`}
        <${IconButton} icon="cross" label="Close this note" onClick=${() => one.close()} />
      </div>`,
    )}
  </div>`;
}
