// The order of what comes next as the page shows it: changed at once, and at the server one request after the other.
import { batch } from "@preact/signals";
import { server } from "../lib/more_api.js";
import { readLists, sections } from "./lists.js";
import { knownJob } from "./store.js";

/** @type {any} */
export const next = sections.find(({ name }) => name === "next");
export const priorityOf = (id) => knownJob(id)?.row.peek().priority;
const positionOf = (id) => knownJob(id)?.row.peek().position;

const waiting = [];
let sending = false;

/**
 * Move `ids`, in this order, to `{before | after: id}` or `{to: "top" | "bottom"}`. `onEnd` gets the place
 * and the numbers for undo once nothing of them waits any more, or the error.
 */
export function reorder(ids, target, onEnd) {
  show(ids, target);
  const place = next.ids.peek().indexOf(ids[0]) + 1;
  const last = waiting.at(-1);
  if (last && String(last.ids) === String(ids)) Object.assign(last, { target, onEnd, place });
  else waiting.push({ ids, target, onEnd, place });
  if (!sending) void sendAll();
}

async function sendAll() {
  sending = true;
  let undo = [];
  while (waiting.length) {
    const { ids, target, onEnd, place } = waiting.shift();
    try {
      const answer = await server.actOnMany({ action: "move", ids: ids.map(String), ...target });
      if (answer.undo) undo.push(answer.undo);
      const more = waiting[0] && String(waiting[0].ids) === String(ids);
      if (more) continue;
      onEnd({ undo, refused: answer.refused, place });
    } catch (error) {
      onEnd({ error });
    }
    undo = [];
  }
  sending = false;
  void readLists().catch(() => undefined);
}

/** As it will be. */
function show(ids, { before, after, to }) {
  const moving = new Set(ids);
  const rest = next.ids.peek().filter((id) => !moving.has(id));
  const priority = priorityOf(ids[0]);
  const same = rest.filter((id) => priorityOf(id) === priority);
  const anchor = before ?? (to === "top" ? same[0] : undefined);
  let at = anchor === undefined ? rest.indexOf(after ?? same.at(-1)) + 1 : rest.indexOf(anchor);
  if (at < 0) at = 0;
  const [low, high] = [at - 1, at].map((index) => (priorityOf(rest[index]) === priority ? positionOf(rest[index]) : undefined));
  const first = low ?? (high === undefined ? 0 : high - ids.length - 1);
  const gap = high === undefined ? 1 : (high - first) / (ids.length + 1);
  batch(() => {
    ids.forEach((id, index) => {
      const job = knownJob(id);
      job.row.value = { ...job.row.peek(), position: first + gap * (index + 1) };
    });
    next.ids.value = [...rest.slice(0, at), ...ids, ...rest.slice(at)];
  });
}
