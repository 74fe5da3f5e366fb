// The line at the foot of the window: that the server is away, or in views without the now bar why work waits.
import { useComputed } from "@preact/signals";
import { html } from "../lib/html.js";
import { route } from "../lib/router.js";
import { connection, needsToken, queue } from "../state/store.js";
import { lazyPart } from "../ui/lazy.js";
import { Strip } from "../ui/strip.js";

const Notices = lazyPart(() => import("./queue_notices.js").then((module) => module.Notices));

/** @param {Api.QueueView} view */
function isRemarkable({ state, countdown, lanes }) {
  return state !== "running" || countdown || lanes.some((lane) => lane.state === "waiting" || lane.detail?.simulated);
}

export function Strips() {
  const shown = useComputed(() => !["queue", "jobs", "new"].includes(route.value.view) && queue.value && isRemarkable(queue.value));
  const away = connection.value === "lost" && !needsToken.value;
  if (away) return html`<${Strip} tone="partial" text="The server does not answer." way="This page shows what it knew last and connects again by itself. Is vq serve running?" />`;
  return shown.value && html`<${Notices} view=${queue.value} />`;
}
