// Every call to the server, by name. A refusal is an ApiError; nothing retries.

export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.hint = error.hint ?? "";
    this.problems = error.details?.problems ?? [];
  }
}

export const AWAY = {
  code: "away",
  message: "The server does not answer",
  hint: "Is vq serve still running? The page connects again by itself.",
};

function address(path, query) {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== undefined && item !== null && item !== "")
      .map((item) => [key, String(item)]),
  );
  return pairs.length ? `/api${path}?${new URLSearchParams(pairs)}` : `/api${path}`;
}

async function refusal(response) {
  const fallback = { code: "internal", message: `The server answered ${response.status}`, hint: "" };
  const body = await response.json().catch(() => null);
  return new ApiError(response.status, body?.error ?? fallback);
}

export async function call(method, path, { query, body, signal, as = "json", keepalive = false } = {}) {
  const options = { method, signal, keepalive, headers: {} };
  if (method !== "GET") options.headers["Content-Type"] = "application/json";
  if (body !== undefined) options.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(address(path, query), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, AWAY);
  }
  if (!response.ok) throw await refusal(response);
  return as === "text" ? response.text() : response.json();
}

export const get = (path, query, more) => call("GET", path, { query, ...more });
export const post = (path, body, more) => call("POST", path, { body, ...more });

export const api = {
  jobs: (query, signal) => get("/jobs", query, { signal }),
  job: (id) => get(`/jobs/${id}`),
  submit: (submission) => post("/jobs", submission),
  preview: (submission, signal) => post("/jobs/preview", submission, { signal }),
  editJob: (id, changes) => call("PATCH", `/jobs/${id}`, { body: changes }),
  actOnJob: (id, action, options = {}, more = {}) => post(`/jobs/${id}/actions`, { action, ...options }, more),
  actOnPrompt: (id, action, options = {}) => post(`/prompts/${id}/actions`, { action, ...options }),
  prompts: (jobId, query) => get(`/jobs/${jobId}/prompts`, { ...query, brief: true }),
  prompt: (id) => get(`/prompts/${id}`),
  outputs: (jobId, query) => get(`/jobs/${jobId}/outputs`, query),
  promptLog: (id, tail) => get(`/prompts/${id}/log`, { tail }, { as: "text" }),
  queue: () => get("/queue"),
  actOnQueue: (action, mode, free_memory) => post("/queue/actions", { action, mode, free_memory }),
  workflows: () => get("/workflows"),
  schema: (name) => get(`/workflows/${encodeURIComponent(name)}/schema`),
  options: (source, q, signal) => get(`/options/${encodeURIComponent(source)}`, { q }, { signal }),
  files: (path, cursor) => get("/files", { path, cursor, limit: 500 }),
  reveal: (artifactId) => post("/reveal", { artifact_id: artifactId }),
  notifications: (query) => get("/notifications", query),
  system: () => get("/system"),
  health: () => get("/system/health"),
  doctor: () => get("/doctor"),
  comfy: (action) => post("/comfy/actions", { action }),
};

export const urls = {
  file: (id) => `/api/artifacts/${id}`,
  download: (id) => `/api/artifacts/${id}?download=true`,
  thumbnail: (id) => `/api/artifacts/${id}/thumbnail`,
  zip: (jobId) => `/api/jobs/${jobId}/outputs.zip`,
};
