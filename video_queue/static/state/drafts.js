// The unsent submissions of this page.

/** Drafts stay while the page does, by workflow and job: Back brings back what was typed. */
export const drafts = new Map();

/** A workflow that was replaced has another form. */
export function forgetDrafts(workflow) {
  for (const key of [...drafts.keys()]) if (key.split(" ")[0] === workflow) drafts.delete(key);
}
