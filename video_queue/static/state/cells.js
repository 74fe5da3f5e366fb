// The renders of a job as small pictures: a job brings its first, the others are read as they come into view, and all
// that are seen again when its counts change.
import { useEffect } from "preact/hooks";
import { api } from "../lib/api.js";
import { paced } from "../lib/soon.js";

/** So many come with a job. */
const FIRST = 16;
const PACE = 500;
const MOST = 1000;

/** What was asked for of each job and not read yet: from where to where. */
const wanted = new Map();

const countsOf = (counts) => Object.values(counts).join();

/** @param {Page.Live} job */
async function read(job) {
  const [first, end] = wanted.get(job.id);
  wanted.delete(job.id);
  const sheet = await api.sheet(job.id, first + 1, Math.min(MOST, end - first));
  job.keepCells(first, sheet.cells);
}

/** Read the cells of a part that is in view, unless the job as it was read brought them. @param {Page.Live} job */
export function useCells(job, first, count) {
  const counts = countsOf(job.counts.value);
  const end = Math.min(job.total.value, first + count);
  useEffect(() => {
    const row = job.row.peek();
    if (end <= first || (end <= FIRST && row.cells?.length && countsOf(row.counts) === counts)) return;
    const [low, high] = wanted.get(job.id) ?? [first, end];
    wanted.set(job.id, [Math.min(low, first), Math.max(high, end)]);
    paced(`cells-${job.id}`, () => read(job), PACE);
  }, [job.id, first, end, counts]);
}
