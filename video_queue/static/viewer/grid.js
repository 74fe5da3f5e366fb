// The grid of a job as it is drawn: blocks of rows and columns with their labels and averages, and how large they are.
import { shown } from "../lib/text.js";

/** Pixels from one column to the next; a row is as high as a picture of 16:9 and its gap. */
export const STEP = 132;
const ROW = 76;
const HEAD = 64;
const LABEL = 128;

/** Where in a cell of the server's grid these are. */
const BLOCK = 1;
const ROW_AT = 2;
const COLUMN = 3;
const RATING = 6;

/**
 * Blocks by input: `rows`, `columns` (each with `place, text, cells, stars`) and `at(row, column)`, the cell or undefined.
 * @param {Omit<Api.FutureMatrix, "cells"> & {cells: any[][]}} matrix
 * @param {boolean} swapped
 */
export function blocksOf(matrix, swapped) {
  const values = matrix.rows.map((row) => valueText(row, matrix.varied));
  const seeds = matrix.columns.map((seed) => (seed === null ? "one" : String(seed)));
  const named = { down: naming(matrix.varied.join(", ") || "values", values.length), across: naming("seeds", seeds.length) };
  const title = swapped ? [named.across && `${named.across} down`, named.down && `${named.down} across`] : [named.down && `${named.down} down`, named.across && `${named.across} across`];
  return matrix.blocks.map((name, index) => {
    const cells = matrix.cells.filter((cell) => cell[BLOCK] === index);
    const [rowAt, columnAt] = swapped ? [COLUMN, ROW_AT] : [ROW_AT, COLUMN];
    const byPlace = new Map(cells.map((cell) => [`${cell[rowAt]} ${cell[columnAt]}`, cell]));
    const [down, across] = swapped ? [seeds.map(seedText), values] : [values, seeds.map(seedText)];
    return {
      name: name || "Renders",
      input: matrix.inputs[index],
      title: title.filter(Boolean).join(", "),
      rows: lines(down, cells, rowAt),
      columns: lines(across, cells, columnAt),
      at: (row, column) => byPlace.get(`${row} ${column}`),
    };
  });
}

const naming = (name, count) => (count > 1 ? name : "");
/** The end of a long seed tells it from its neighbours. */
const seedText = (seed) => (seed === "one" ? "" : `seed ${seed.length > 8 ? `…${seed.slice(-5)}` : seed}`);

function valueText(row, varied) {
  const [only] = varied;
  if (!varied.length) return "";
  if (varied.length === 1) return shown(row[only]);
  return varied.map((name) => `${name} ${shown(row[name])}`).join(" · ");
}

function lines(texts, cells, at) {
  return texts.map((text, place) => {
    const own = cells.filter((cell) => cell[at] === place);
    const rated = own.map((cell) => cell[RATING]).filter((stars) => stars > 0);
    const stars = rated.length ? rated.reduce((sum, one) => sum + one, 0) / rated.length : null;
    return { place, text, cells: own, stars };
  });
}

/** The height of each block and the width of the widest. */
export function sizesOf(blocks) {
  const width = LABEL + Math.max(1, ...blocks.map((block) => block.columns.length)) * STEP;
  return { heights: blocks.map((block) => HEAD + block.rows.length * ROW + 20), width };
}
