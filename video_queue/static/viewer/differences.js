// What differs between renders that are compared: a line for each value, a column for each render.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { middle, shown } from "../lib/text.js";
import { html } from "../lib/html.js";
import { viewApi } from "../lib/view_api.js";
import { isRejected } from "./notes.js";
import { LETTERS } from "./sides.js";

/** Every line: what it is called, and its value in each render. The first is compared with each of the others. */
async function read(sides) {
  const [first, ...others] = sides;
  const answers = await Promise.all(others.map((other) => viewApi.differences(first.view.render, other.view.render)));
  const lines = new Map();
  answers.forEach(({ differences }, at) => {
    for (const { subject, name, a, b } of differences) {
      const key = `${subject} ${name}`;
      if (!lines.has(key)) lines.set(key, { key, name, values: sides.map(() => a) });
      lines.get(key).values[at + 1] = b;
    }
  });
  return [...lines.values()];
}

export function Differences({ sides }) {
  const lines = useSignal(null);
  useEffect(() => {
    let gone = false;
    read(sides).then((fresh) => gone || (lines.value = fresh), () => gone || (lines.value = []));
    return () => {
      gone = true;
    };
  }, [sides]);
  if (sides[1].input) return html`<p class="dim">Before is the input at the same moment.</p>`;
  const stars = sides.map((side) => starsOf(side.prompt.value));
  const all = [...(lines.value ?? []), ...(new Set(stars).size > 1 ? [{ key: "stars", name: "stars", values: stars }] : [])];
  return html`<table class="view-differences" aria-busy=${lines.value ? undefined : "true"}>
    <caption class="hidden">What differs</caption>
    <thead><tr><td></td>${sides.map((side, at) => html`<th key=${side.artifact.id} scope="col"><span class="letter">${LETTERS[at]}</span> <span class="dim clip">${side.view.render}</span></th>`)}</tr></thead>
    <tbody>
      ${all.map(({ key, name, values }) => html`<tr key=${key}><th scope="row" class="dim">${name}</th>${values.map((value, at) => html`<td key=${at} class="wrap num"><${Value} value=${value} /></td>`)}</tr>`)}
      ${lines.value && !all.length && html`<tr><td class="dim" colspan=${sides.length + 1}>Nothing: they were made with the same values.</td></tr>`}
    </tbody>
  </table>`;
}

/** Files are named in a list; their paths are shortened in the middle. */
function Value({ value }) {
  if (value === null || value === undefined) return html`<span class="dim">not set</span>`;
  if (!Array.isArray(value)) return shown(value);
  return value.map((one, at) => html`${at > 0 && ", "}<span title=${shown(one)}>${middle(shown(one), 36)}</span>`);
}

/** @param {Api.Prompt} prompt */
const starsOf = (prompt) => (isRejected(prompt) ? "rejected" : prompt.rating ? "★".repeat(prompt.rating) : "none");
