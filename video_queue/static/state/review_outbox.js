// Decisions that are about to be sent: the last review can be taken back for a few seconds, until the next one is
// decided, or until the page is left.
import { signal } from "@preact/signals";

const SECONDS = 8;
/** `{id, words, send}`, or null. */
export const outbox = signal(null);
let timer = 0;
/** @type {Promise<any>} */
let sending = Promise.resolve();

/** Send in a moment; what waited before is sent now. */
export function sendSoon(entry) {
  flush();
  outbox.value = entry;
  timer = setTimeout(flush, SECONDS * 1000);
}

/** Send what waits; resolved when it is there. */
export function flush(more) {
  const entry = outbox.peek();
  if (entry) {
    clearTimeout(timer);
    outbox.value = null;
    sending = Promise.all([sending, entry.send(more)]);
  }
  return sending;
}

/** Take back what waits; null where nothing does. */
export function takeBack() {
  const entry = outbox.peek();
  clearTimeout(timer);
  outbox.value = null;
  return entry;
}

addEventListener("pagehide", () => void flush({ keepalive: true }));
