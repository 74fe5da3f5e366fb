// Lines below the header: why work waits and what to do. Empty while all is well.
import { useComputed } from "@preact/signals";
import { html } from "../lib/html.js";
import { connection, needsToken, queue } from "../state/store.js";
import { lazy } from "../ui/lazy.js";
import { Strip } from "../ui/strip.js";

const QueueStrips = lazy(() => import("./queue_strips.js").then((module) => module.QueueStrips));

function isRemarkable({ state, countdown, lanes }) {
  return state !== "running" || countdown || lanes.some((lane) => lane.state === "waiting" || lane.detail?.simulated);
}

export function Strips() {
  const shown = useComputed(() => queue.value && isRemarkable(queue.value));
  return html`<div class="strips" role="status">
    ${
      connection.value === "lost" &&
      !needsToken.value &&
      html`<${Strip} tone="partial" text="The server does not answer." way="This page shows what it knew last and connects again by itself. Is vq serve running?" />`
    }
    ${shown.value && html`<${QueueStrips} view=${queue.value} />`}
  </div>`;
}
