// The calls of presets: of one workflow, and those that all share.
import { call, get } from "./api.js";

const place = (workflow) => (workflow ? `/workflows/${encodeURIComponent(workflow)}/presets` : "/presets");

export const presetApi = {
  list: (workflow) => get(place(workflow)),
  keep: (workflow, name, values) => call("PUT", `${place(workflow)}/${encodeURIComponent(name)}`, { body: values }),
};
