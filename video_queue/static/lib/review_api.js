// The calls of a review: what waits, its proxies, the outline of its sound, and the decisions.
import { get, post } from "./api.js";

/** @type {<F extends string>(file: Api.ReviewFile, form: F) => any} */
const below = (file, form) => `${file.url.replace(/^\/api/, "")}/${form}`;

export const reviewApi = {
  view: (id) => get(`/prompts/${id}/review`),
  proxy: (file) => get(below(file, "proxy")),
  peaks: (file) => get(`${below(file, "peaks")}?key=${file.key}`),
  act: (id, body, more) => post(`/prompts/${id}/actions`, body, more),
};

export const reviewUrls = {
  file: (file) => `${file.url}/file?key=${file.key}`,
  frame: (file, frame) => `${file.url}/picture?frame=${frame}&key=${file.key}`,
  small: (file, frame) => `${file.url}/picture?frame=${frame}&small=true&key=${file.key}`,
};
