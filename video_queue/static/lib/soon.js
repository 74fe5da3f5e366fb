// Work that is requested often and done once.
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
