// Short messages about what just happened, with undo where there is one. They stay while hovered or focused.
import { signal } from "@preact/signals";

const SECONDS = 7;
const SECONDS_OF_ERRORS = 12;
/** Those that are seen now; toast_list.js draws them. */
export const toasts = signal([]);
let counter = 0;

class Toast {
  /** @param {Page.Message} what */
  constructor({ text, hint, undo, link, onGone, tone }) {
    counter += 1;
    this.id = counter;
    this.text = text;
    this.hint = hint;
    this.undo = undo;
    this.link = link;
    this.onGone = onGone;
    this.tone = tone;
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
    toasts.value = toasts.peek().filter((item) => item !== this);
    this.onGone?.();
  }

  isShown() {
    return toasts.peek().includes(this);
  }

  revert() {
    this.onGone = undefined;
    this.close();
    this.undo?.();
  }
}

/** Show a message. `undo` reverts the action; `onGone` is called when that is no longer possible. @param {Page.Message} what */
export function toast(what) {
  const fresh = new Toast(what);
  toasts.value = [...toasts.peek(), fresh].slice(-4);
  return fresh;
}

export function toastError(error) {
  if (error.name === "AbortError") return;
  toast({ text: error.message, hint: error.hint, tone: "failed" });
}

/** Undo the latest action that can be undone; false when there is none. */
export function undoLatest() {
  const latest = toasts.peek().findLast((item) => item.undo);
  latest?.revert();
  return Boolean(latest);
}

// Pending work is done when the page closes.
addEventListener("pagehide", () => toasts.peek().forEach((item) => item.close()));
