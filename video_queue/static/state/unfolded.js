// The jobs whose renders are shown below them, and those renders where the list has them as rows.
import { signal } from "@preact/signals";

/** By job: null until they are read, or where the list has pictures; else `{prompts, more}`. */
export const unfolded = signal(new Map());

export function toggle(id) {
  const all = new Map(unfolded.peek());
  if (!all.delete(id)) all.set(id, null);
  unfolded.value = all;
}

/** @param {Api.Page_Prompt} page */
export function keepRenders(id, page) {
  if (!unfolded.peek().has(id)) return;
  unfolded.value = new Map(unfolded.peek()).set(id, { prompts: page.items, more: page.next_cursor !== null });
}
