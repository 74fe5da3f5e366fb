// The job that is being made, as it will lie on the table: grey, one picture for each render, in blocks where values or
// seeds vary. What is still on its way says so.
import { percent, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { KINDS } from "../lib/words.js";
import { IconButton } from "../ui/icons.js";
import { Poster } from "../ui/poster.js";
import { futureOf } from "../state/future.js";
import { blocksOf } from "./grid.js";

/** So many pictures of files are drawn; the others are counted. */
const MOST = 300;

/** `draft` is null until a workflow is chosen; `inputs` are the places of the files. */
export function FutureJob({ draft, inputs }) {
  const matrix = draft?.answer.value?.matrix ?? null;
  const entries = inputs.flatMap((place) => place.entries.value);
  const gridded = matrix && (matrix.rows.length > 1 || matrix.columns.length > 1);
  if (!entries.length && !gridded) return null;
  const future = draft && futureOf(draft);
  return html`<section class="future" aria-label="The job that you make">
    <div class="job-line">
      <strong class="job-name">${draft?.name.value.trim() || (draft ? draft.title : plural(entries.length, "file"))}</strong>
      <span class="dim clip">${future ? `${future.renders} to come` : draft ? "" : "Choose what is done with them"}</span>
      ${!draft && html`<${IconButton} icon="cross" label="Put the files away" onClick=${() => inputs.forEach((place) => place.clear())} />`}
    </div>
    <div class="future-scroll" tabindex="0" role="group" aria-label="Its renders">
      ${gridded ? html`<${Blocks} matrix=${titled(matrix, draft.form)} drawn=${drawsSeeds(draft)} />` : html`<${Files} entries=${entries} matrix=${matrix} />`}
    </div>
  </section>`;
}

/** Seeds that are drawn when the job is submitted have no numbers yet. */
function drawsSeeds(draft) {
  const field = draft.form.field(draft.ui.seed);
  const seeds = draft.submission.value.seeds;
  return Boolean(field) && (seeds === undefined || typeof seeds === "number") && [undefined, "random"].includes(field.submitted ?? field.schema.default);
}

/** The grid with the names that the form has for its values. @param {Api.FutureMatrix} matrix */
function titled(matrix, form) {
  const title = (name) => form.field(name)?.title ?? name;
  const rows = matrix.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [title(name), value])));
  return { ...matrix, rows, varied: matrix.varied.map(title) };
}

/**
 * One block for each input, values down and seeds across; where only one of them varies one block, inputs down.
 * @param {{matrix: Api.FutureMatrix, drawn?: any}} props
 */
function Blocks({ matrix, drawn }) {
  const columns = matrix.columns.map((seed, place) => (drawn && seed !== null ? `${place + 1}` : seed));
  const swapped = columns.length === 1;
  const blocks = blocksOf({ ...matrix, columns }, swapped);
  const [first] = blocks;
  const flat = swapped || matrix.rows.length === 1;
  return html`${
      flat
        ? html`<${Block} title=${first.title} columns=${first.columns} rows=${blocks.map((block) => ({ text: block.name, input: block.input, has: (column) => block.at(0, column) }))} />`
        : blocks.map(
            (block, index) => html`<${Block} key=${`${index} ${block.name}`} name=${block.name} title=${block.title} columns=${block.columns}
              rows=${block.rows.filter((row) => row.cells.length).map((row) => ({ text: row.text, input: block.input, has: (column) => block.at(row.place, column) }))} />`,
          )
    }
    ${!matrix.complete && html`<p class="dim future-more">and more, which are not drawn</p>`}`;
}

function Block({ name, title, columns, rows }) {
  return html`<div class="future-block">
    <p class="clip">${name && html`<strong>${name}</strong> `}<span class="dim">${title}</span></p>
    <table>
      <thead><tr><td></td>${columns.map((column) => html`<th key=${column.place} scope="col" class="num">${column.text}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(
          (row, at) => html`<tr key=${at}>
            <th scope="row" class="num"><span class="clip" title=${row.text}>${row.text}</span></th>
            ${columns.map(({ place }) => html`<td key=${place}>${row.has(place) && html`<span class="cell" data-state="queued"><${Poster} poster=${row.input} icon="spark" /></span>`}</td>`)}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** One picture for each file; those of a folder are known from the preview. @param {{entries?: any, matrix: Api.FutureMatrix}} props */
function Files({ entries, matrix }) {
  const folder = entries.some(({ kind }) => kind === "folder");
  if (folder && matrix) return html`<ul class="future-files">${matrix.inputs.slice(0, MOST).map((path, at) => html`<${Tile} key=${path ?? at} name=${matrix.blocks[at]} poster=${path} kind="video" />`)}${rest(matrix.inputs.length, matrix.complete)}</ul>`;
  return html`<ul class="future-files">${entries.slice(0, MOST).map((entry) => html`<${EntryTile} key=${entry.id} entry=${entry} />`)}${rest(entries.length)}</ul>`;
}

const rest = (count, complete = true) => (count > MOST || !complete) && html`<li class="dim future-more">and more</li>`;

function EntryTile({ entry }) {
  const path = entry.path.value;
  const progress = entry.progress.value;
  const mark = entry.error.value ? "Not sent" : path ? "" : progress === null ? "" : percent(progress);
  return html`<${Tile} name=${entry.name} poster=${path} kind=${entry.kind} local=${entry.picture} mark=${mark} failed=${Boolean(entry.error.value)} />`;
}

function Tile({ name, poster, kind, local = null, mark = "", failed = false }) {
  const icon = KINDS[kind]?.icon ?? "file";
  return html`<li class="cell" data-state=${failed ? "failed" : "queued"} title=${name}>
    <span class="hidden">${name}</span>
    ${local && !poster ? html`<img src=${local} alt="" />` : html`<${Poster} poster=${poster} icon=${icon} />`}
    ${mark && html`<span class="cell-mark num">${mark}</span>`}
  </li>`;
}
