// The calls of the viewer: an output with its neighbours, frames, sheets, proxies, stars, and jobs as grids.
import { call, get } from "./api.js";

export const viewApi = {
  view: (id) => get(`/artifacts/${id}/view`),
  sheet: (id) => get(`/artifacts/${id}/scrub`),
  proxy: (id) => get(`/artifacts/${id}/proxy`),
  note: (promptId, changes) => call("PATCH", `/prompts/${promptId}`, { body: changes }),
  differences: (a, b) => get("/diff", { a, b }),
  matrix: (jobId) => get(`/jobs/${jobId}/matrix`),
};

export const viewUrls = {
  frame: (id, frame) => `/api/artifacts/${id}/picture?frame=${frame}`,
  before: (id, frame) => `/api/artifacts/${id}/before?frame=${frame}`,
  input: (path) => `/api/files/thumbnail?blank=true&path=${encodeURIComponent(path)}`,
  preview: (id) => `/api/artifacts/${id}/preview`,
};
