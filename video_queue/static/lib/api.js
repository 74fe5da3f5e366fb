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

/**
 * @param {string} method
 * @param {string} path
 * @param {Page.Options & {query?: object, body?: unknown}} more
 * @returns {Promise<any>}
 */
async function send(method, path, { query, body, signal, as = "json", keepalive = false } = {}) {
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

/** @type {Page.Call} */
export const call = send;
/** @type {Page.Get} */
export const get = (path, query, more) => send("GET", path, { query, ...more });
/** @type {Page.Post} */
export const post = (path, body, more) => send("POST", path, { body, ...more });

export const api = {
  jobs: (query, signal) => get("/jobs", query, { signal }),
  job: (id) => get(`/jobs/${id}`),
  sheet: (jobId, from, n) => get(`/jobs/${jobId}/sheet`, { from, n }),
  queue: () => get("/queue"),
  actOnQueue: (action, mode, free_memory) => post("/queue/actions", { action, mode, free_memory }),
  workflows: () => get("/workflows"),
  notifications: (query) => get("/notifications", query),
  health: () => get("/system/health"),
};

export const urls = {
  file: (id) => `/api/artifacts/${id}`,
  download: (id) => `/api/artifacts/${id}?download=true`,
  thumbnail: (id) => `/api/artifacts/${id}/thumbnail?blank=true`,
  /** The picture of an artifact (its number) or of an input (its path). */
  poster: (poster) =>
    typeof poster === "number" ? urls.thumbnail(poster) : `/api/files/thumbnail?blank=true&path=${encodeURIComponent(poster)}`,
  zip: (jobId) => `/api/jobs/${jobId}/outputs.zip`,
};
