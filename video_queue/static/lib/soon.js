// Work that is requested often and done once, or at a steady pace.
const timers = new Map();

/** Do `work` in `delay` ms, unless work of that name waits already; errors are ignored. */
export function soon(name, work, delay = 150) {
  if (timers.has(name)) return;
  const run = () => {
    timers.delete(name);
    Promise.resolve(work()).catch(() => undefined);
  };
  timers.set(name, setTimeout(run, delay));
}

const paces = new Map();

/** Do `work` in a moment, and again at most every `every` ms for as long as it is requested: it is never put off. */
export function paced(name, work, every, first = 50) {
  const pace = paces.get(name) ?? { work: null };
  pace.work = work;
  if (paces.has(name)) return;
  paces.set(name, pace);
  const run = () => {
    const due = pace.work;
    pace.work = null;
    if (!due) {
      paces.delete(name);
      return;
    }
    Promise.resolve(due())
      .catch(() => undefined)
      .finally(() => setTimeout(run, every));
  };
  setTimeout(run, first);
}
