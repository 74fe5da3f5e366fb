// A job as a grid: one block per input, values down, seeds across; or the other way round. Only what is in view is drawn.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { enabled } from "../lib/keyboard.js";
import { recall, remember } from "../lib/remembered.js";
import { jobHref, route } from "../lib/router.js";
import { viewApi } from "../lib/view_api.js";
import { openViewer, viewed } from "../lib/view_router.js";
import { readJob } from "../state/events.js";
import { mark } from "../state/compared.js";
import { knownJob, workflowTitle } from "../state/store.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { Cell } from "../viewer/cell.js";
import { blocksOf, STEP, sizesOf } from "../viewer/grid.js";

const Dock = lazyPart(() => import("../viewer/dock.js").then((module) => module.Dock));
const selection = () => import("../viewer/selection.js");
const Selection = lazyPart(() => selection().then((module) => module.Selection), "viewer");
const SOON = 1000;
const MARGIN = 2;

export function MatrixView() {
  const id = Number(route.value.rest[0]);
  return html`<${JobMatrix} key=${id} id=${id} />`;
}

/** The grid, read again at most once a second while the job changes. */
function useMatrix(id) {
  const matrix = useSignal(null);
  const failure = useSignal(null);
  const read = () => viewApi.matrix(id).then((fresh) => (matrix.value = fresh), (error) => (failure.value = matrix.peek() ? null : error));
  useEffect(() => {
    readJob(id).catch(() => undefined);
    void read();
  }, [id]);
  const counts = knownJob(id)?.counts.value;
  const looked = viewed.value;
  const timer = useRef(0);
  useEffect(() => {
    timer.current ||= setTimeout(() => {
      timer.current = 0;
      void read();
    }, SOON);
  }, [counts, looked]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { matrix: matrix.value, failure: failure.value, read };
}

function JobMatrix({ id }) {
  const { matrix, failure, read } = useMatrix(id);
  const swapped = useSignal(recall("matrix.swapped", false));
  const selected = useSignal(new Set());
  const blocks = useMemo(() => (matrix ? blocksOf(matrix, swapped.value) : []), [matrix, swapped.value]);
  if (failure) return html`<div class="page"><${ErrorLine} error=${failure} /></div>`;
  if (!matrix) return html`<div class="page dim" aria-busy="true"></div>`;
  const swap = () => {
    swapped.value = !swapped.peek();
    remember("matrix.swapped", swapped.peek());
  };
  const done = matrix.cells.filter((cell) => cell[4] === "succeeded").length;
  return html`<div class="matrix-view">
    <header class="matrix-head">
      <h1 class="clip">${matrix.name || `Job ${id}`}</h1>
      <span class="dim num">${done} of ${matrix.cells.length}</span>
      <span class="matrix-tools">
        <button type="button" class="quiet" aria-pressed=${swapped.value ? "true" : "false"} onClick=${swap}><${Icon} name="swap" />Swap the axes</button>
        <a class="button quiet" href=${jobHref(id)}><${Icon} name="list" />The job</a>
        <span class="dim matrix-workflow">${workflowTitle(matrix.workflow)}</span>
      </span>
    </header>
    <${Grid} blocks=${blocks} selected=${selected} read=${read} />
    ${!matrix.complete && html`<p class="dim matrix-more">Only the first 10,000 renders are shown.</p>`}
    ${selected.value.size > 0 && html`<${Selection} blocks=${blocks} selected=${selected} onChanged=${read} />`}
    ${viewed.value && html`<${Dock} below />`}
  </div>`;
}

/** Which columns and pixels of the scrolled box are in view. */
function useWindow(box) {
  const seen = useSignal({ top: 0, bottom: 1200, left: 0, right: 2000 });
  useLayoutEffect(() => {
    const measure = () => {
      const { scrollTop, scrollLeft, clientHeight, clientWidth } = box.current;
      const next = { top: scrollTop, bottom: scrollTop + clientHeight, left: scrollLeft, right: scrollLeft + clientWidth };
      const old = seen.peek();
      if (Object.keys(next).some((side) => Math.abs(next[side] - old[side]) > STEP)) seen.value = next;
    };
    measure();
    const size = new ResizeObserver(measure);
    size.observe(box.current);
    box.current.addEventListener("scroll", measure, { passive: true });
    return () => size.disconnect();
  }, []);
  return seen.value;
}

function Grid({ blocks, selected, read }) {
  const box = useRef(null);
  const seen = useWindow(box);
  const at = useSignal({ block: 0, row: 0, column: 0 });
  const sizes = sizesOf(blocks);
  const grid = useMemo(() => gridOf(at, selected), []);
  const focus = (place) => {
    at.value = place;
    requestAnimationFrame(() => {
      const cell = box.current?.querySelector(`[data-at="${place.block}.${place.row}.${place.column}"]`);
      cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
      cell?.focus({ preventScroll: true });
    });
  };
  const keys = (event) => {
    const cell = event.target.closest("[data-at]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(blocks, at.peek(), event.key);
    const id = Number(cell.dataset.artifact);
    if (next) focus(next);
    else if ((event.key === "a" || event.key === "b") && id && enabled.peek()) mark(event.key, id);
    else if (event.key === " " && id) openViewer(id);
    else if (/^[x0-5]$/.test(event.key) && id && enabled.peek()) {
      const { block, row, column } = at.peek();
      selection().then(({ noteCell }) => noteCell(blocks[block].at(row, column), event.key)).then(read);
    }
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  let top = 0;
  return html`<div class="matrix-scroll" ref=${box} onKeyDown=${keys}>
    ${blocks.map((block, index) => {
      const begins = top;
      top += sizes.heights[index];
      const drawn = begins < seen.bottom + STEP * MARGIN && top > seen.top - STEP * MARGIN;
      return html`<section key=${block.name} class="matrix-block" style=${{ height: `${sizes.heights[index]}px`, width: `${sizes.width}px` }} aria-label=${block.name}>
        ${drawn && html`<${Block} block=${block} index=${index} begins=${begins} seen=${seen} at=${at} selected=${selected} grid=${grid} />`}
      </section>`;
    })}
  </div>`;
}

/** What a cell or a label does: the cell has the keyboard; renders are selected, or no more if all of them are. */
function gridOf(at, selected) {
  const toggle = (cells) => {
    const next = new Set(selected.peek());
    const all = cells.every((cell) => next.has(cell[0]));
    for (const cell of cells) all ? next.delete(cell[0]) : next.add(cell[0]);
    selected.value = next;
  };
  return { toggle, pick: (cell) => toggle([cell]), focus: (place) => (at.value = place) };
}

/** Where an arrow leads; at the edge of a block to the next one. */
function moved(blocks, { block, row, column }, key) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  if (!step) return null;
  const [down, across] = step;
  const wide = blocks[block].columns.length;
  if (row + down < 0) return block ? { block: block - 1, row: blocks[block - 1].rows.length - 1, column } : { block, row, column };
  if (row + down >= blocks[block].rows.length) return block + 1 < blocks.length ? { block: block + 1, row: 0, column } : { block, row, column };
  return { block, row: row + down, column: Math.min(wide - 1, Math.max(0, column + across)) };
}

function Block({ block, index, begins, seen, at, selected, grid }) {
  const [firstColumn, lastColumn] = between(seen.left, seen.right, block.columns.length);
  const [firstRow, lastRow] = between(seen.top - begins, seen.bottom - begins, block.rows.length, STEP * (9 / 16) + 10);
  const toggle = grid.toggle;
  const columns = block.columns.slice(firstColumn, lastColumn);
  const rows = block.rows.slice(firstRow, lastRow);
  return html`<div role="grid" aria-label=${`${block.name}: ${block.title}`} aria-rowcount=${block.rows.length + 1} aria-colcount=${block.columns.length + 1}>
    <div class="matrix-caption"><strong class="clip">${block.name}</strong> <span class="dim">${block.title}</span></div>
    <div class="matrix-columns" role="row" aria-rowindex="1">
      <span class="matrix-label" role="columnheader"><span class="hidden">Values</span></span>
      ${columns.map(
        (column) => html`<span key=${column.place} role="columnheader" aria-colindex=${column.place + 2} class="matrix-column" style=${{ transform: `translateX(${column.place * STEP}px)` }}>
          <button type="button" class="link num clip" title=${`Select: ${column.text}`} onClick=${() => toggle(column.cells)}>${column.text}</button><${Average} stars=${column.stars} /></span>`,
      )}
    </div>
    ${rows.map(
      (row) => html`<div key=${row.place} role="row" aria-rowindex=${row.place + 2} class="matrix-row" style=${{ top: `calc(var(--matrix-head) + ${row.place} * var(--matrix-row))` }}>
        <span class="matrix-label" role="rowheader"><button type="button" class="link num" title=${`Select: ${row.text}`} onClick=${() => toggle(row.cells)}>${row.text}</button><${Average} stars=${row.stars} /></span>
        ${columns.map((column) => {
          const cell = block.at(row.place, column.place);
          const here = at.value.block === index && at.value.row === row.place && at.value.column === column.place;
          return html`<${Cell} key=${column.place} cell=${cell} block=${index} row=${row.place} column=${column.place} input=${block.input} focused=${here} label=${`${row.text}, ${column.text}`} picked=${cell ? selected.value.has(cell[0]) : false} grid=${grid} />`;
        })}
      </div>`,
    )}
  </div>`;
}

function between(from, to, count, step = STEP) {
  return [Math.max(0, Math.floor(from / step) - MARGIN), Math.min(count, Math.ceil(to / step) + MARGIN)];
}

function Average({ stars }) {
  return stars === null ? null : html`<span class="matrix-average num dim" title="Stars on average">★ ${stars.toFixed(1)}</span>`;
}
