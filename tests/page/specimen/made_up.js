// Made-up rows of the interface, in every state: what the specimen is drawn with.

const HOUR = 3600;
/** So many seconds ago, as the server writes it. @param {number} seconds */
export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

/** @type {Api.JobState[]} */
export const JOB_STATES = ["queued", "running", "review", "partial", "succeeded", "failed", "cancelled"];
/** @type {Api.PromptState[]} */
export const PROMPT_STATES = ["queued", "running", "review", "succeeded", "failed", "cancelled"];

const NAMES = { queued: "For the archive", running: "Market in oil", review: "Market day, into clips", partial: "Everything of Tuesday", succeeded: "Web versions", failed: "A very long name of a job that does not fit into one line of any list, however wide that is", cancelled: "Interview" };
const MARKS = { queued: "after", failed: "out_of_memory" };
/** A number of a poster that the specimen answers with a picture; 999 is one that cannot be read. */
const POSTERS = { succeeded: 3, failed: 4, running: 5, review: 6 };

/** @type {Api.Counts} */
const NONE = { cancelled: 0, failed: 0, queued: 0, review: 0, running: 0, succeeded: 0 };
/** @type {Record<Api.JobState, Partial<Api.Counts>>} */
const COUNTS = {
  queued: { queued: 12 }, running: { succeeded: 5, running: 1, queued: 6 }, review: { review: 3, succeeded: 2 }, partial: { succeeded: 4, failed: 2 },
  succeeded: { succeeded: 8 }, failed: { failed: 1 }, cancelled: { succeeded: 2, cancelled: 3 },
};
const ACTIONS = ["cancel", "retry", "hold", "move", "rerun", "archive", "delete"].map((name) => ({ name, enabled: true, reason: "" }));

/** @type {(state: Api.PromptState, id: number, more?: Partial<Api.Cell>) => Api.Cell} */
export const cell = (state, id, more = {}) => ({ id, state, poster: POSTERS[state] ?? "/clips/beach.mp4", rating: null, mark: MARKS[state] ?? null, ...more });

/**
 * One cell for each render of `counts`, what is over first.
 * @param {Api.Counts} counts
 * @param {number} base
 */
function cellsOf(counts, base) {
  /** @type {Api.PromptState[]} */
  const order = ["succeeded", "failed", "cancelled", "review", "running", "queued"];
  return order.flatMap((state) => Array.from({ length: counts[state] }, () => state)).map((state, at) => cell(state, base + at, { mark: state === "failed" ? "out_of_memory" : null }));
}

/**
 * @param {Api.JobState} state
 * @param {number} id
 * @param {Partial<Api.Job>} more
 * @returns {Api.Job}
 */
export function job(state, id, more = {}) {
  const counts = { ...NONE, ...COUNTS[state] };
  const over = ["partial", "succeeded", "failed", "cancelled"].includes(state);
  const begun = over || state === "running";
  return {
    actions: ACTIONS, archived: false, batch: null, cells: cellsOf(counts, id * 100), chain: [], counts, created_at: ago(5 * HOUR), error: null,
    eta_range: over ? null : [1400, 2100], eta_seconds: over ? null : 1800, finished_at: over ? ago(id * 700) : null, held: false, held_prompts: 0,
    held_reason: null, id, kept_outputs: [], model_loads_saved: 0, name: NAMES[state], note: "", output_dir: "/out", parent_id: null, position: id,
    poster: begun ? 3 : "/clips/beach.mp4", priority: 0, progress: over ? 1 : 0.4, rating: null, reused: false, run_order: "by_prompt",
    started_at: begun ? ago(2 * HOUR) : null, state, submission: { seeds: 4, sweep: { denoise: [0.3, 0.5, 0.7] } }, submitted_by: "page", tags: state === "succeeded" ? ["client"] : [],
    workflow: "restyle-video", workflow_hash: "", ...more,
  };
}

/** @type {(name: string, state: Api.PhaseState, more?: Partial<Api.PhaseView>) => Api.PhaseView} */
export const phase = (name, state, more = {}) => ({
  name, state, uses: name === "render" ? "comfy" : "media.encode", progress: state === "running" ? 0.6 : 0, share: 0.5, result: null, reused_from: null, items: null,
  eta_range: state === "running" ? [40, 60] : null, eta_seconds: null, started_at: state === "pending" ? null : ago(90), finished_at: ["succeeded", "failed"].includes(state) ? ago(20) : null, ...more,
});

export const ERROR = {
  code: "out_of_memory", message: "the graphics card has too little memory for 1920 × 1080", hint: "Render smaller, or close what else uses the card.",
  phase: "render", node_class: "KSampler", node_id: "12", details: { needed: "14.2 GB", free: "9.1 GB" },
};

/**
 * @param {Api.PromptState} state
 * @param {number} id
 * @param {Partial<Api.Prompt>} more
 * @returns {Api.Prompt}
 */
export function prompt(state, id, more = {}) {
  const begun = state !== "queued";
  return {
    actions: ACTIONS, artifacts: state === "succeeded" ? [artifact("video", 3)] : [], attempt: 1, created_at: ago(5 * HOUR), error: state === "failed" ? ERROR : null, eta_range: null,
    eta_seconds: null, finished_at: ["succeeded", "failed", "cancelled"].includes(state) ? ago(30) : null, held: false, held_reason: null, id, index: id % 100, input: "/clips/beach_take3.mp4",
    inputs: [], job_id: 2, message: state === "running" ? "step 7 of 12" : null, not_before: null, note: "", params: { denoise: 0.5 }, phase: state === "running" ? "render" : null,
    phases: [phase("render", begun ? "running" : "pending"), phase("encode", "pending")], progress: begun ? 0.5 : 0, rating: null, seed: 421337, skipped: false,
    started_at: begun ? ago(90) : null, state, tags: [], waiting_for: null, ...more,
  };
}

/** @type {(kind: Api.Artifact["kind"], id: number) => Api.Artifact} */
export const artifact = (kind, id) => ({
  id, kind, job_id: 2, prompt_id: 201, phase: "encode", role: "output", name: `beach_take3.${kind}`, path: `/out/beach_take3.${kind}`, bytes: 4_200_000, sha256: null,
  width: 1280, height: 720, frames: 48, fps: 24, duration: 2,
});

/** @type {(more?: Partial<Api.LaneView>) => Api.LaneView} */
const lane = (more = {}) => ({ name: "gpu", instance: "local", state: "running", reason: null, running: [], detail: null, paused: null, ...more });

/** @type {Record<string, Partial<Api.QueueView>>} */
const VARIED = {
  "nothing waits": { counts: NONE, eta_seconds: null },
  "nothing runs yet": {},
  "a render and work beside it": { running: [prompt("running", 205), { ...prompt("running", 305), job_id: 1, phase: "encode" }], lanes: [lane({ running: [205] }), lane({ name: "media", running: [305] })] },
  paused: { state: "paused", reason: "user", running: [] },
  "paused, brought to its end": { state: "pausing", reason: "user", running: [prompt("running", 205)] },
  "the disk is full": { state: "paused", reason: "disk_full" },
  "ComfyUI is away": { lanes: [lane({ state: "waiting", reason: "comfy_unreachable" })] },
  "ComfyUI hangs, and a folder is away": { lanes: [lane({ state: "waiting", reason: "comfy_zombie" }), lane({ name: "media", state: "waiting", reason: "output_unavailable" })] },
  "all is done, the machine will sleep": { counts: NONE, countdown: { action: "sleep", ends_at: ago(-60) } },
  simulated: { lanes: [lane({ detail: { simulated: true } })] },
};
/** The queue in each state that the now bar has words for. @type {Record<string, Api.QueueView>} */
export const QUEUES = Object.fromEntries(
  Object.entries(VARIED).map(([name, more]) => [
    name,
    { countdown: null, counts: { ...NONE, queued: 6, running: 1 }, eta_range: [1400, 2100], eta_seconds: 1800, lanes: [lane()], model_loads_saved: 3, reason: null, running: [], schedule: null, state: "running", until: null, ...more },
  ]),
);

/** A form with each widget; `x-ui` as the server writes it. */
export const SCHEMA = {
  title: "Restyle", "x-ui": { workflow: "restyle-video", seed: "seed", inputs: { kind: "video" }, extensions: {} },
  properties: Object.fromEntries(
    Object.entries({
      text: { default: "an oil painting" }, textarea: { default: "thick brush strokes,\nevening light" }, number: { type: "number", default: 0.5, unit: "s" },
      slider: { type: "number", minimum: 0, maximum: 1, default: 0.4 }, checkbox: { type: "boolean", default: true }, select: { enum: ["web", "master", "archive"], default: "web" },
      combobox: { examples: ["base.safetensors"], default: "base.safetensors" }, multiselect: { type: "array", items: { enum: ["left", "right", "both"] }, default: ["left"] },
      seed: { default: "421337" }, resolution: { default: "1280x720" }, file: { default: "/clips/beach_take3.mp4" }, folder: { default: "/clips" }, color: { default: "#4477aa" },
    }).map(([widget, { unit, ...schema }]) => [
      widget,
      { title: `A ${widget}`, description: `What ${widget} is for.`, ...schema, "x-ui": { widget, type: widget === "seed" ? "seed" : schema.type === "number" ? "float" : "string", unit, sweepable: true, required: widget === "file" } },
    ]),
  ),
};
