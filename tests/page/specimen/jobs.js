// Jobs and renders in every state: static/jobs/, and what the queue says when it is empty.
import { html } from "/lib/html.js";
import { Cell } from "/jobs/cell.js";
import { ErrorCards } from "/jobs/error_card.js";
import { JobRow } from "/jobs/job_row.js";
import { JobLine, Strip } from "/jobs/job_strip.js";
import { Phases } from "/jobs/phases.js";
import { RenderRow } from "/jobs/render_row.js";
import { Nothing } from "/views/nothing.js";
import { keepJob } from "/state/store.js";
import { ago, cell, ERROR, job, JOB_STATES, phase, prompt, PROMPT_STATES } from "/specimen/made_up.js";
import { Group, Show } from "/specimen/show.js";

const live = JOB_STATES.map((state, at) => keepJob(job(state, at + 1)));
const held = keepJob(job("queued", 20, { held: true, name: "Interview, later" }));
const large = keepJob(job("queued", 21, { name: "Twelve thousand frames", priority: 2, counts: { ...held.counts.peek(), queued: 12_000 }, cells: [] }));
const all = [...live, held, large];

const CELLS = [
  ...PROMPT_STATES.map((state) => [state, cell(state, 1)]),
  ["not read yet", undefined], ["five stars", cell("succeeded", 2, { rating: 5 })], ["waits", cell("queued", 3, { mark: "disk_full" })],
  ["without a picture", cell("succeeded", 4, { poster: null })], ["its picture cannot be read", cell("succeeded", 5, { poster: 999 })],
];
const RENDERS = [
  ...PROMPT_STATES.map((state, at) => [state, prompt(state, 401 + at)]),
  ["on hold", prompt("queued", 410, { held: true, held_reason: "breaker" })],
  ["waits", prompt("queued", 411, { waiting_for: { reason: "comfy_unreachable", since: ago(60) } })],
];
/** @type {Api.PhaseState[]} */
const PHASES = ["succeeded", "reused", "skipped", "running", "harvesting", "pending", "failed", "cancelled", "review"];
const inPhases = prompt("running", 205, { attempt: 2, phases: PHASES.map((state) => phase(state, state, { ...(state === "reused" && { reused_from: "job 7" }), ...(state === "harvesting" && { items: { done: 3, total: 8 } }) })) });
const failed = [prompt("failed", 501), prompt("failed", 502), prompt("failed", 503, { error: { ...ERROR, code: "input_missing", message: "the file /clips/gone.mp4 is not there", node_class: null, details: {} } })];

export function Jobs() {
  return html`
    <${Group} title="Cells">
      ${CELLS.map(([as, one]) => html`<${Show} key=${as} of="Cell" as=${as}><span class="shown-cell"><${Cell} job=${live[0]} cell=${one} at=${0} tabbable /></span><//>`)}
    <//>
    <${Group} title="Strips">
      ${all.map((one) => html`<${Show} key=${one.id} of="JobLine" as=${one.state.value} wide>
        <div class="job-block shown-block" data-state=${one.state.value}><${JobLine} job=${one} place=${one.state.value === "queued" ? one.id : 0} tabbable /><${Strip} job=${one} width=${Math.min(1048, innerWidth - 32)} tabbable /></div><//>`)}
    <//>
    <${Group} title="Rows">
      ${all.map((one) => html`<${Show} key=${one.id} of="JobRow" as=${one.state.value} wide><${JobRow} job=${one} place=${one === large ? 12 : 0} expanded=${one === live[1]} tabbable /><//>`)}
      ${RENDERS.map(([as, one]) => html`<${Show} key=${as} of="RenderRow" as=${as} wide><${RenderRow} prompt=${one} swept=${["denoise"]} href="#/jobs/2" /><//>`)}
    <//>
    <${Group} title="What failed, and the phases of a render">
      <${Show} of="ErrorCards" wide><div class="drawer"><${ErrorCards} prompts=${failed} /></div><//>
      <${Show} of="Phases" wide><${Phases} prompt=${inPhases} /><//>
    <//>
    <${Group} title="Nothing">
      <${Show} of="Nothing" wide><${Nothing} /><//>
    <//>`;
}
