// One job: beside the list where there is room, over it where there is not. It is read again with each of its events.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { server } from "../lib/more_api.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon, IconButton } from "../ui/icons.js";
import { Facts, Parameters, readSchema } from "../jobs/job_facts.js";
import { lazyPart } from "../ui/lazy.js";
import { Menu } from "../ui/menu.js";
import { Phases } from "../jobs/phases.js";
import { describe, SegmentedBar } from "../ui/segments.js";
import { Renders } from "../jobs/renders.js";
import { JobMark } from "../ui/state_mark.js";
import { readJob } from "../state/events.js";
import { clock, number, percent, plural, span } from "../lib/format.js";
import { took } from "../lib/text.js";
import { html } from "../lib/html.js";
import { paced } from "../lib/soon.js";
import { go, queueHref } from "../lib/router.js";
import { knownJob, now, openJobEvents, workflowTitle } from "../state/store.js";
import { ACTIONS } from "../lib/action_words.js";
import { HELD } from "../lib/reasons.js";
import { FINISHED } from "../lib/words.js";

const ErrorCards = lazyPart(() => import("../jobs/error_card.js").then((module) => module.ErrorCards));
/** Parts that are waited for with the first read, so that nothing below them moves when they come. */
const part = {};

async function readParts() {
  const modules = await Promise.all([import("../jobs/outputs.js"), import("../jobs/log_view.js"), import("../jobs/chain.js")]);
  Object.assign(part, ...modules);
}

const actions = () => import("../jobs/actions.js");
const PAGE = 100;
const PACE = 500;

/** What is read of one job besides its row. */
/** @returns {Page.Detail} */
function emptyDetail() {
  return { chain: [], prompts: [], failed: [], outputs: [], more: false, moreOutputs: false, read: false };
}

/** @param {Page.Live} live */
async function withTitles(live) {
  await readSchema(live.row.peek().workflow);
  return live;
}

function useDetail(id) {
  const detail = useSignal(emptyDetail());
  const failure = useSignal(null);
  const read = async () => {
    try {
      const [live, prompts, failed, outputs] = await Promise.all([
        readJob(id).then(withTitles),
        server.prompts(id, { limit: PAGE }),
        server.prompts(id, { state: "failed", limit: PAGE }),
        server.outputs(id, { limit: 1000, runs: true }),
        readParts(),
      ]);
      detail.value = {
        chain: live.row.peek().chain, prompts: prompts.items, failed: failed.items, outputs: outputs.items,
        more: prompts.next_cursor !== null, moreOutputs: outputs.next_cursor !== null, read: true,
      };
      failure.value = null;
    } catch (error) {
      if (error.code !== "away") failure.value = error;
    }
  };
  useEffect(() => void read(), []);
  const events = openJobEvents.value;
  const first = useRef(events);
  useEffect(() => {
    if (first.current === events) return undefined;
    // At a steady pace however fast events come, so that it is never put off.
    paced(`job-${id}`, read, PACE);
    return undefined;
  }, [events]);
  return { detail: detail.value, failure: failure.value, read };
}

export function JobView({ id }) {
  const { detail, failure, read } = useDetail(id);
  const job = knownJob(id);
  const close = () => go(queueHref());
  const heading = useRef(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [detail.read]);
  if (failure && !detail.read) return html`<aside class="drawer" aria-label="Job"><${Head} title=${`Job ${id}`} close=${close} /><${ErrorLine} error=${failure} /></aside>`;
  if (!job || !detail.read) return html`<aside class="drawer" aria-label="Job" aria-busy="true"><${Head} title=${`Job ${id}`} close=${close} /></aside>`;
  const row = job.row.value;
  return html`<aside class="drawer" aria-label=${`Job ${id}`}>
    <${Head} title=${row.name} heading=${heading} close=${close} />
    <${Standing} job=${job} />
    <${Buttons} job=${job} />
    ${detail.chain.length > 0 && html`<${part.Chain} jobs=${detail.chain} id=${id} />`}
    ${row.error && !detail.failed.length && html`<${ErrorLine} error=${row.error} />`}
    ${detail.failed.length > 0 && html`<${ErrorCards} prompts=${detail.failed} onChanged=${read} />`}
    ${(detail.outputs.length > 0 || !FINISHED.has(job.state.value)) && html`<${part.Outputs} job=${job} outputs=${detail.outputs} more=${detail.moreOutputs} />`}
    <${RendersAndPhases} detail=${detail} row=${row} read=${read} />
  </aside>`;
}

function Head({ title, heading, close }) {
  return html`<header class="drawer-head">
    <h1 ref=${heading} tabindex="-1" class="wrap">${title}</h1>
    <${IconButton} icon="cross" label="Close the job" onClick=${close} />
  </header>`;
}

/** @param {{job: Page.Live}} props */
function Standing({ job }) {
  const row = job.row.value;
  const time = span(row.started_at, row.finished_at, now.value);
  const counts = job.counts.value;
  return html`<div class="standing">
    <p class="standing-line num">
      <${JobMark} job=${job} />
      <span class="dim clip">job <span class="mono">${row.id}</span> · ${workflowTitle(row.workflow)}${time === null ? "" : ` · ${row.finished_at ? took(time) : clock(time)}`}</span>
    </p>
    <${SegmentedBar} counts=${job.counts} total=${job.total} progress=${job.progress} />
    <p class="dim num clip">${`${describe(counts, job.total.value)}${job.state.value === "running" ? ` · ${percent(job.progress.value)}` : ""}`}</p>
    ${row.held_prompts > 0 && html`<p class="warning"><${Icon} name="pause" />${plural(row.held_prompts, "render")} of it ${row.held_prompts === 1 ? "waits" : "wait"} until you release ${row.held_prompts === 1 ? "it" : "them"}</p>`}
    ${row.held && html`<p class="warning"><${Icon} name="pause" />${HELD[row.held_reason]}</p>`}
  </div>`;
}

/** The two likeliest actions as buttons, all in the menu. What is always possible stands first: it never moves under a pointer. */
const LIKELY = ["release", "retry", "cancel", "rerun"];
const alwaysFirst = (a, b) => Number(b === "rerun") - Number(a === "rerun");

/** @param {{job: Page.Live}} props */
function Buttons({ job }) {
  const possible = new Set(job.row.value.actions.filter((action) => action.enabled).map((action) => action.name));
  if (!job.held.value && !job.row.value.held_prompts) possible.delete("release");
  const shown = LIKELY.filter((name) => possible.has(name)).slice(0, 2).sort(alwaysFirst);
  return html`<div class="drawer-buttons">
    ${job.counts.value.review > 0 && html`<button type="button" class="primary" onClick=${() => actions().then(({ review }) => review(job.id))}><${Icon} name="eye" />Review</button>`}
    ${shown.map((name) => html`<button key=${name} type="button" onClick=${() => actions().then(({ doToJob }) => doToJob(job, name))}><${Icon} name=${ACTIONS[name].icon} />${name === "release" && job.row.value.held_prompts ? "Run the rest" : ACTIONS[name].label}</button>`)}
    <${Menu} label="More to do with this job" text="More" items=${() => actions().then(({ jobMenu }) => jobMenu(job))} />
  </div>`;
}

/** @param {{detail: Page.Detail, row: Api.Job, read?: any}} props */
function RendersAndPhases({ detail, row, read }) {
  const chosen = useSignal(null);
  const { prompts } = detail;
  const prompt = prompts.find((item) => item.id === chosen.value) ?? prompts.find((item) => item.state === "running") ?? prompts[0];
  return html`
    ${
      prompts.length > 1 &&
      html`<${Renders} prompts=${prompts} more=${detail.more} row=${row} chosen=${prompt} onChoose=${(id) => (chosen.value = id)} onChanged=${read} />`
    }
    ${
      prompt &&
      html`<section class="part" aria-label="Phases">
        <h2>${prompts.length > 1 ? `Phases of render ${number(prompt.index)}` : "Phases"}</h2>
        <${Phases} prompt=${prompt} />
      </section>
      <${part.LogView} key=${`log-${prompt.id}`} prompt=${prompt} />`
    }
    <${Parameters} job=${row} prompt=${prompt} />
    <${Facts} job=${row} />`;
}
