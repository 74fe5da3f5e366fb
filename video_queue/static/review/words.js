// What is judged and what is decided, in the artist's words.
import { baseName, clock } from "../lib/format.js";

const VERBS = {
  cut: { approve: "Cut", reject: "Keep", approved: "cut", rejected: "kept" },
  texts: { approve: "Use", reject: "Leave out", approved: "used", rejected: "left out" },
  others: { approve: "Approve", reject: "Reject", approved: "approved", rejected: "rejected" },
};

/** @param {Api.ReviewView} view */
export const verbsOf = (view) => (view.cut ? VERBS.cut : (VERBS[view.of] ?? VERBS.others));

const upper = (text) => text[0].toUpperCase() + text.slice(1);

/** 0:04.20 */
export const exact = (seconds) => `${clock(seconds)}${(Math.round(seconds * 100) % 100 / 100).toFixed(2).slice(1)}`;

/** What item `number` is called. @param {Api.ReviewView} view */
export function nameOf(view, number) {
  const { item, file } = view.entries[number - 1] ?? {};
  if (view.of === "spans") return `${view.cut ? "silence" : "part"} ${number}`;
  if (view.of === "scenes") return item.name || `scene ${number}`;
  if (view.of === "texts") return `“${item.text}”`;
  if (file || item?.path) return file?.name ?? baseName(item.path);
  return typeof item === "object" ? Object.entries(item).map(([key, value]) => `${key} ${value}`).join(" · ") : String(item);
}

/** What was decided, for the eye and the ear: "Silence 3 is cut". @param {Api.ReviewView} view */
export function saidOf(view, number, choice) {
  const verbs = verbsOf(view);
  const name = upper(nameOf(view, number));
  if (choice.do === "split") return `${name} will be split before its frame ${choice.at_frame}`;
  if (choice.do === "merge") return `${name} will be joined with the next`;
  return `${name} is ${choice.do === "approve" ? verbs.approved : verbs.rejected}`;
}

/** A decision as a mark: icon, word and tone. @param {Api.ReviewView} view */
export function markOf(view, choice) {
  if (!choice) return null;
  if (choice.do === "split") return { icon: "skip", word: `split at ${choice.at_frame}`, tone: "running" };
  if (choice.do === "merge") return { icon: "plus", word: "joined with the next", tone: "running" };
  const verbs = verbsOf(view);
  if (choice.do === "approve") return { icon: view.cut ? "slash" : "check", word: verbs.approved, tone: view.cut ? "failed" : "succeeded" };
  return { icon: view.cut ? "check" : "cross", word: verbs.rejected, tone: view.cut ? "succeeded" : "failed" };
}
