// The calls of the views that are fetched later: watch folders and the inbox.
import { call, get, post } from "./api.js";

export const watchApi = {
  list: () => get("/watches"),
  add: (watch) => post("/watches", watch),
  act: (id, action) => post(`/watches/${id}/actions`, { action }),
  remove: (id) => call("DELETE", `/watches/${id}`, { as: "text" }),
  files: (id, query) => get(`/watches/${id}/files`, query),
};

export const inboxApi = {
  mark: (id, read) => call("PATCH", `/notifications/${id}`, { body: { read } }),
  markUpTo: (upto) => call("PATCH", "/notifications", { body: { upto } }),
};
