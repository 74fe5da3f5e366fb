// The chain that a job belongs to: what it comes after, itself, what comes after it, each with where it stands now.
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { knownJob } from "../state/store.js";
import { StateMark } from "../ui/state_mark.js";

const DEEPEST = 4;

/** @param {{jobs: Api.ChainJob[], id?: any}} props */
export function Chain({ jobs, id }) {
  if (!jobs.length) return null;
  const depth = depths(jobs);
  return html`<section class="part" aria-label="Chain">
    <h2>Chain</h2>
    <ol class="chain">
      ${jobs.map((job, at) => html`<${Link} key=${job.id} job=${job} before=${jobs[at - 1]} depth=${depth.get(job.id)} here=${job.id === id} />`)}
    </ol>
  </section>`;
}

/** How many steps a job is behind the first of its line; their numbers grow along the chain. @param {Api.ChainJob[]} jobs */
function depths(jobs) {
  const depth = new Map();
  for (const { id, after } of jobs) depth.set(id, Math.max(0, ...after.map((other) => 1 + (depth.get(other) ?? -1))));
  return depth;
}

/** @param {{job: Api.ChainJob, before?: any, depth?: any, here?: any}} props */
function Link({ job, before, depth, here }) {
  const live = knownJob(job.id);
  const state = live?.state.value ?? job.state;
  const held = (live ? live.held.value : job.held_reason) && (state === "queued" || state === "running");
  const straight = job.after.length === 1 && job.after[0] === before?.id;
  return html`<li class="chain-job" style=${`--step: ${Math.min(depth, DEEPEST)}`} aria-current=${here ? "true" : undefined}>
    <${StateMark} state=${held ? "held" : state} />
    ${here ? html`<strong class="clip" title=${job.name}>${job.name}</strong>` : html`<a class="clip" title=${job.name} href=${jobHref(job.id)}>${job.name}</a>`}
    <span class="dim num">${here ? "this job" : `job ${job.id}`}${job.after.length > 0 && !straight && ` · after ${job.after.join(", ")}`}</span>
  </li>`;
}
