// The calls that the first screen does not make.
import { call, get, post } from "./api.js";

export const server = {
  submit: (submission) => post("/jobs", submission),
  preview: (submission, signal) => post("/jobs/preview?matrix=true", submission, { signal }),
  schema: (name) => get(`/workflows/${encodeURIComponent(name)}/schema`),
  options: (source, q, signal) => get(`/options/${encodeURIComponent(source)}`, { q }, { signal }),
  files: (path, cursor) => get("/files", { path, cursor, limit: 500 }),
  searchFiles: (path, q) => get("/files", { path, q, limit: 200 }),
  reveal: (artifactId) => post("/reveal", { artifact_id: artifactId }),
  system: () => get("/system"),
  doctor: () => get("/doctor"),
  stats: () => get("/stats"),
  settings: () => get("/settings"),
  changeSettings: (changes) => call("PATCH", "/settings", { body: changes }),
  comfy: (action, instance) => post("/comfy/actions", { action, instance }),
  promptLog: (id, tail) => get(`/prompts/${id}/log`, { tail }, { as: "text" }),
  prompt: (id) => get(`/prompts/${id}`),
  actOnPrompt: (id, action, options = {}) => post(`/prompts/${id}/actions`, { action, ...options }),
  outputs: (jobId, query) => get(`/jobs/${jobId}/outputs`, query),
  prompts: (jobId, query) => get(`/jobs/${jobId}/prompts`, { ...query, brief: true }),
  actOnMany: (body) => post("/actions", body),
  undo: (id) => post("/undo", { id }),
  causes: (query, signal) => get("/jobs/causes", query, { signal }),
  actOnJob: (id, action, options = {}, more = {}) => post(`/jobs/${id}/actions`, { action, ...options }, more),
};
