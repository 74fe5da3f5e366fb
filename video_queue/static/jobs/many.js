// An action on everything that is selected: one request, whatever their number, one message, one undo.
import { api } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { server } from "../lib/more_api.js";
import { filter } from "../lib/router.js";
import { sections } from "../state/lists.js";
import { clearSelection, picked, pickWhole, selectedCount, whole } from "../state/selection.js";
import { counts, knownJob } from "../state/store.js";
import { ask } from "../ui/ask.js";
import { toast, toastError } from "../ui/toasts.js";

const DONE = {
  cancel: "Cancelled", retry: "Trying again", rerun: "Running again", hold: "Holding", release: "Released", move: "Moved",
  delete: "Removed from the list:", archive: "Archived", unarchive: "Brought back", skip: "Skipped", approve: "Approved", reject: "Rejected",
};
const SAID = 3;

/** The fields of the list's filter, as an action takes them. */
function filterBody() {
  const { state, workflow, q, archived } = filter.peek();
  return { state: state.length ? state : undefined, workflow: workflow || undefined, words: q || undefined, archived };
}

/** What is selected, as the body of a request has it; jobs in the order of the list. */
function selectionBody() {
  if (whole.peek()) {
    return { filter: { ...filterBody(), up_to: whole.peek().newest, without: [...picked.peek()].map(Number) } };
  }
  const order = new Map(sections.flatMap((section) => section.ids.peek()).map((id, at) => [String(id), at]));
  return { ids: [...picked.peek()].sort((a, b) => (order.get(a) ?? Infinity) - (order.get(b) ?? Infinity)) };
}

export function selectionWords() {
  const names = whole.peek() ? [] : [...picked.peek()];
  const renders = names.filter((name) => name.includes(".")).length;
  return (many) => (renders === 0 ? plural(many, "job") : renders === names.length ? plural(many, "render") : `${plural(many, "job")} and renders`);
}

/** Select all jobs that match the filter: how many there are is the server's to say. */
export async function selectWhole() {
  const page = await api.jobs({ ...filterBody(), sort: "newest", limit: 1 });
  const { state } = filter.peek();
  const total = Object.entries(page.counts).reduce((sum, [name, many]) => sum + (!state.length || state.includes(name) ? many : 0), 0);
  if (total) pickWhole({ total, newest: page.items[0]?.id ?? 0 });
}

/** Renders in progress among what is selected. */
function running() {
  if (whole.peek()) return counts.peek()?.running ?? 0;
  return [...picked.peek()].reduce((sum, name) => sum + (name.includes(".") ? 0 : (knownJob(Number(name))?.counts.peek().running ?? 0)), 0);
}

async function isWanted(action, words) {
  const many = selectedCount.peek();
  if (action === "delete") {
    return ask({ title: `Remove ${words(many)} from the list?`, text: "Their files stay. What has not ended stays too.", yes: "Remove them" });
  }
  if (action !== "cancel" || !running()) return true;
  const text = "What is rendered just now is stopped. Undo queues it again, from its beginning.";
  return ask({ title: `Cancel ${words(many)}?`, text, yes: "Cancel them", no: "Let them run" });
}

/** Do `action` to what is selected; a message says what came of it. */
export async function actOnSelection(action, options = {}) {
  const words = selectionWords();
  if (!(await isWanted(action, words))) return;
  // What stands between two phases keeps its files for an undo; those of what runs are many, and go.
  const more = action === "cancel" ? { keep_work: !running() } : {};
  await actOnMany({ action, ...selectionBody(), ...more, ...options }, words);
  if (action !== "move") clearSelection();
}

/**
 * Send an action on many; `words` says how many of what. The answer, or null where it failed. Events bring what changed.
 * @param {Api.Body<"POST /actions">} body
 * @param {(many: number) => string} [words]
 * @param {string} [text]
 */
export async function actOnMany(body, words = (many) => plural(many, "job"), text) {
  try {
    const answer = await server.actOnMany(body);
    report(answer, text ?? `${DONE[body.action]} ${words(answer.done)}`, words);
    return answer;
  } catch (error) {
    toastError(error);
    return null;
  }
}

function report({ done, refused, undo }, text, words) {
  const reasons = [...new Set(refused.map(({ message }) => message))];
  const hint = refused.length ? `${words(refused.length)} stayed as before: ${reasons.slice(0, SAID).join("; ")}` : undefined;
  const back = undo && done ? () => undoMany(undo, words) : null;
  if (done) toast({ text, hint, undo: back });
  else if (refused.length) toast({ text: "Nothing was changed", hint: reasons.slice(0, SAID).join("; "), tone: "failed" });
  else toast({ text: "Nothing to do" });
}

/** What was done stands as before. */
async function undoMany(id, words) {
  try {
    const answer = await server.undo(id);
    if (answer.refused.length) report(answer, `${words(answer.done)} as before`, words);
  } catch (error) {
    toastError(error);
  }
}
