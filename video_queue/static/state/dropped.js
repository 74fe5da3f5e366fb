// What was dropped on the page: media that wait for a workflow, and a file that a screen is to take in.
import { signal } from "@preact/signals";
import { InputFiles } from "./input_files.js";

/** They lie on the table until a workflow is chosen for them. */
export const dropped = new InputFiles("", { kind: "other" });

/** A queue file or a workflow on its way to the screen that imports it: `{file, to}`, `to` is its address. */
export const handed = signal(null);

export function takeHanded(to) {
  if (handed.peek()?.to !== to) return null;
  const { file } = handed.peek();
  handed.value = null;
  return file;
}

/** How many drops and choices are looked through: what is in them is not known yet, and nothing is submitted before. */
export const taking = signal(0);

/** What `work` gives, which takes in what was dropped or chosen. */
export async function whileTaking(work) {
  taking.value += 1;
  try {
    return await work();
  } finally {
    taking.value -= 1;
  }
}
