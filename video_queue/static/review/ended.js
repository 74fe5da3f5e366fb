// What is shown when all is decided: the last decision can still be taken back, and what is cut again comes back here.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { server } from "../lib/more_api.js";
import { flush, outbox } from "../state/review_outbox.js";

const AGAIN = 1000;

export function Ended({ review, undo, reopen, leave }) {
  const waits = outbox.value;
  const cutting = useSignal(false);
  useEffect(() => {
    if (outbox.peek()?.pieces) cutting.value = true;
    const timer = setInterval(async () => {
      if (outbox.peek() || !cutting.peek()) return;
      await flush();
      const prompt = await server.prompt(review.id).catch(() => null);
      if (prompt?.state === "review") await reopen();
      else if (prompt && !["queued", "running"].includes(prompt.state)) cutting.value = false;
    }, AGAIN);
    return () => clearInterval(timer);
  }, [review]);
  return html`<div class="empty">
    <h2>Nothing waits for your eye</h2>
    <p class="dim">${waits ? `${waits.words}; it is sent in a moment.` : cutting.value ? "What you split or joined is being made; it comes back here." : "All decisions are sent."}</p>
    <div class="view-buttons">
      ${waits && html`<button type="button" title="Key U" onClick=${undo}>Undo</button><button type="button" onClick=${() => void flush()}>Send now</button>`}
      <button type="button" class="primary" onClick=${leave}>Close</button>
    </div>
  </div>`;
}
