// The calls of the night and of what comes: the report, what was seen, the queue.
import { get, post } from "./api.js";

export const nightApi = {
  report: (since) => get("/report", { since }),
  tonight: () => get("/tonight"),
  queue: (action) => post("/queue/actions", action),
  seen: (jobs) => post("/report/seen", { jobs }, { as: "text" }),
  visit: () => post("/report/visit", undefined, { keepalive: true }),
};
