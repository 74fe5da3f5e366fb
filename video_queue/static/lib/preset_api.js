// The calls of presets: of one workflow, and those that all share.
import { call, get } from "./api.js";

/** @type {(workflow: string | null) => `/workflows/${string}/presets` | "/presets"} */
const place = (workflow) => (workflow ? `/workflows/${encodeURIComponent(workflow)}/presets` : "/presets");

export const presetApi = {
  list: (workflow) => get(place(workflow)),
  remove: (preset) => call("DELETE", `${place(preset.shared ? null : preset.workflow)}/${encodeURIComponent(preset.name)}`, { as: "text" }),
  keep: (workflow, name, values) => call("PUT", `${place(workflow)}/${encodeURIComponent(name)}`, { body: values }),
};
