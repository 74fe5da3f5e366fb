// The unsent submissions of this page.
import { signal } from "@preact/signals";

/** Drafts stay while the page does, by workflow and job: Back brings back what was typed. */
export const drafts = new Map();

/** A workflow that was replaced has another form. */
export function forgetDrafts(workflow) {
  for (const key of [...drafts.keys()]) if (key.split(" ")[0] === workflow) drafts.delete(key);
}

/** The draft whose form is open: it lies on the table. */
export const making = signal(null);
