// One render below its job: file and what varies, phase and progress while it runs, state, actions.
import { baseName, clock, percent, span } from "../lib/format.js";
import { shown, took } from "../lib/text.js";
import { html } from "../lib/html.js";
import { liveRender, now, renderProgress } from "../state/store.js";
import { HELD, waitingText } from "../lib/reasons.js";
import { isSelected } from "../state/selection.js";
import { Pick } from "./pick.js";
import { Menu } from "../ui/menu.js";
import { Progress } from "../ui/progress.js";
import { StateMark } from "../ui/state_mark.js";
import { Poster } from "../ui/poster.js";

/** @param {Api.Prompt} prompt */
export const renderTitle = (prompt) => (prompt.input ? baseName(prompt.input) : `Render ${prompt.index}`);

/** What makes this render another than its neighbours: its swept values and its seed. @param {Api.Prompt} prompt */
export function variation(prompt, swept = []) {
  const parts = swept.filter((name) => name in prompt.params).map((name) => `${name} ${shown(prompt.params[name])}`);
  if (prompt.seed !== null) parts.push(`seed ${prompt.seed}`);
  return parts.join(" · ");
}

/** @param {{prompt: Api.Prompt, swept?: any, href?: any, onChanged?: any}} props */
export function RenderRow({ prompt, swept, href, onChanged }) {
  const output = prompt.artifacts.find((artifact) => artifact.role === "output");
  const state = standing(prompt);
  const name = `${renderTitle(prompt)}, render ${prompt.index}`;
  const ref = `${prompt.job_id}.${prompt.index}`;
  return html`<div class="render-row" data-render=${ref} data-selected=${isSelected(ref) ? "" : undefined}>
    <${Pick} name=${ref} label=${name} />
    <span class="render-index num dim">${prompt.index}</span>
    <span class="thumb"><${Poster} poster=${output && ["video", "image"].includes(output.kind) ? output.id : prompt.input} /></span>
    <a class="render-name" href=${href} title=${prompt.input ?? ""}>
      <span class="job-title">${renderTitle(prompt)}</span>
      <span class="dim job-sub">${variation(prompt, swept)}</span>
    </a>
    <${RenderNow} prompt=${prompt} />
    <${StateMark} state=${state} title=${whyWaiting(prompt)} />
    <span class="job-when num dim">${timeOf(prompt, now.value)}</span>
    <${Menu} label=${`What to do with ${name}`} items=${() => import("./render_menu.js").then((menu) => menu.renderMenu(prompt, onChanged))} />
  </div>`;
}

/** @param {Api.Prompt} prompt */
export function standing(prompt) {
  if (prompt.state !== "queued") return prompt.state;
  if (prompt.held) return "held";
  return prompt.waiting_for ? "waiting" : "queued";
}

/** @param {Api.Prompt} prompt */
export function whyWaiting(prompt) {
  if (prompt.held) return HELD[prompt.held_reason] ?? "";
  return prompt.waiting_for ? waitingText(prompt.waiting_for.reason) : (prompt.state === "queued" && prompt.message) || undefined;
}

/** @param {Api.Prompt} prompt */
function timeOf(prompt, at) {
  const time = span(prompt.started_at, prompt.finished_at, at);
  if (time === null || prompt.state === "queued") return "";
  return prompt.finished_at ? took(time) : clock(time);
}

/** Phase and bar of a render that runs; its error or its reason to wait otherwise. @param {{prompt: Api.Prompt}} props */
function RenderNow({ prompt }) {
  const live = liveRender(prompt.id);
  const fraction = renderProgress(prompt);
  if (prompt.state === "running") {
    const phase = live.phase.value ?? prompt.phase ?? "";
    return html`<span class="render-now">
      <span class="dim">${phase} <span class="num">${percent(fraction)}</span></span>
      <${Progress} value=${fraction} label=${`Progress of render ${prompt.index}`} />
    </span>`;
  }
  return html`<span class="render-note dim clip" title=${prompt.error?.message}>${prompt.error?.message ?? whyWaiting(prompt) ?? ""}</span>`;
}
