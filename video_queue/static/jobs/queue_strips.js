// Why the queue does not work, or what comes when it has worked: lines that are fetched when there is one.
import { html } from "../lib/html.js";
import { WAITING } from "../lib/words.js";
import { Strip } from "../ui/strip.js";
import { actOnQueue } from "./actions.js";

const PAUSED = {
  user: "The queue is paused.",
  schedule: "The queue is paused for a while and goes on by itself.",
  disk_full: "The queue is paused because the disk is almost full.",
};

const ENDS = {
  sleep: "All is done: the machine goes to sleep",
  shutdown: "All is done: the machine shuts down",
  command: "All is done: the command for the end starts",
};

function reasons(view) {
  const waiting = view.lanes.filter((lane) => lane.state === "waiting").map((lane) => lane.reason);
  return [...new Set(waiting)];
}

export function QueueStrips({ view }) {
  return html`
    ${view.lanes.some((lane) => lane.detail?.simulated) && html`<${Strip} tone="queued" icon="spark" text="Simulated." way="This is the built-in stand-in for ComfyUI: the queue is real, its pictures are not." />`}
    ${view.state !== "running" && html`<${PausedStrip} view=${view} />`}
    ${view.countdown && html`<${CountdownStrip} ...${view.countdown} />`}
    ${reasons(view).map((reason) => {
      const { tone, text, way } = ownComfy(view, reason) ?? WAITING[reason] ?? { tone: "partial", text: `Work waits (${reason}).`, way: "" };
      const more = html`<a class="button quiet" href="#/system">What is wrong</a>`;
      return html`<${Strip} key=${reason} tone=${tone} text=${text} way=${way} button=${more} />`;
    })}
  `;
}

const OWN = { starting: "ComfyUI is starting.", backoff: "ComfyUI starts again in a moment.", failed: "ComfyUI does not start any more.", stopped: "ComfyUI was stopped." };

/** What the process that the server keeps is at, instead of "does not answer". */
function ownComfy(view, reason) {
  const process = reason === "comfy_unreachable" && view?.lanes.find((lane) => lane.detail?.process)?.detail.process;
  const text = OWN[process?.state];
  return text && { tone: process.state === "failed" ? "failed" : "partial", text, way: process.message };
}

function PausedStrip({ view }) {
  const until = view.until ? ` It goes on at ${new Date(view.until).toLocaleTimeString()}.` : "";
  const text = PAUSED[view.reason] ?? "The queue is paused.";
  const way = view.state === "pausing" ? "What runs is brought to its end first." : `New jobs may still be added.${until}`;
  const button = html`<button type="button" class="quiet" onClick=${() => actOnQueue("resume")}>Go on</button>`;
  return html`<${Strip} tone=${view.reason === "disk_full" ? "failed" : "partial"} icon="pause" text=${text} way=${way} button=${button} />`;
}

function CountdownStrip({ action, ends_at: end }) {
  const button = html`<button type="button" class="quiet" onClick=${() => actOnQueue("resume")}>Stay on</button>`;
  return html`<${Strip} tone="partial" icon="moon" text=${`${ENDS[action]} at ${new Date(end).toLocaleTimeString()}.`} way="A new job prevents it, too." button=${button} />`;
}
