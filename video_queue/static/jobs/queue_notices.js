// Why the queue does not work, or what comes when it has worked: one line in the now bar, or lines above other views.
import { html } from "../lib/html.js";
import { WAITING } from "../lib/reasons.js";
import { Icon } from "../ui/icons.js";
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

/** @param {Api.QueueView} view */
function reasons(view) {
  const waiting = view.lanes.filter((lane) => lane.state === "waiting").map((lane) => lane.reason);
  return [...new Set(waiting)];
}

/** What is to be said, the most urgent first: `{key, tone, icon, text, way, button}`. @param {Api.QueueView} view */
function noticesOf(view) {
  const paused = view.state !== "running" && pausedNotice(view);
  const countdown = view.countdown && countdownNotice(view.countdown);
  const waiting = reasons(view).map((reason) => {
    const known = ownComfy(view, reason) ?? WAITING[reason] ?? { tone: "partial", text: `Work waits (${reason}).`, way: "" };
    return { key: reason, ...known, button: html`<a class="link" href="#/system">Why?</a>` };
  });
  const simulated = view.lanes.some((lane) => lane.detail?.simulated) && {
    key: "simulated", tone: "queued", icon: "spark", text: "Simulated.",
    way: "This is the built-in stand-in for ComfyUI: the queue is real, its pictures are not.",
  };
  return [countdown, paused, ...waiting, simulated].filter(Boolean);
}

/** In the now bar: the first on its line, the others on hover. @param {{view: Api.QueueView}} props */
export function Notice({ view }) {
  const [first, ...others] = noticesOf(view);
  if (!first) return null;
  const title = [first, ...others].map(({ text, way }) => `${text} ${way}`).join("\n");
  return html`<p class="now-notice" role="status" title=${title}>
    <span class="state" data-tone=${first.tone}><${Icon} name=${first.icon ?? "alert"} size=${12} /></span>
    <span class="clip">${first.text} <span class="dim">${first.way}</span></span>${first.button}
    ${others.length > 0 && html`<span class="dim num">+${others.length}</span>`}
  </p>`;
}

/** In views that have no now bar: the first. @param {{view: Api.QueueView}} props */
export function Notices({ view }) {
  const [first] = noticesOf(view);
  return first && html`<${Strip} ...${first} />`;
}

const OWN = { starting: "ComfyUI is starting.", backoff: "ComfyUI starts again in a moment.", failed: "ComfyUI does not start any more.", stopped: "ComfyUI was stopped." };

/** What the process that the server keeps is at, instead of "does not answer". @param {Api.QueueView} view */
function ownComfy(view, reason) {
  const process = reason === "comfy_unreachable" && view?.lanes.find((lane) => lane.detail?.process)?.detail?.process;
  const text = OWN[process?.state];
  return text && { tone: process.state === "failed" ? "failed" : "partial", text, way: process.message };
}

/** @param {Api.QueueView} view */
function pausedNotice(view) {
  const until = view.until ? ` It goes on at ${new Date(view.until).toLocaleTimeString()}.` : "";
  const text = PAUSED[view.reason] ?? "The queue is paused.";
  const way = view.state === "pausing" ? "What runs is brought to its end first." : `New jobs may still be added.${until}`;
  return { key: "paused", tone: view.reason === "disk_full" ? "failed" : "partial", icon: "pause", text, way };
}

/** @param {Api.Countdown} countdown */
function countdownNotice({ action, ends_at: end }) {
  const button = html`<button type="button" class="link" onClick=${() => actOnQueue("resume")}>Stay on</button>`;
  return { key: "countdown", tone: "partial", icon: "moon", text: `${ENDS[action]} at ${new Date(end).toLocaleTimeString()}.`, way: "A new job prevents it, too.", button };
}
