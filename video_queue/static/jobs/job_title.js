// The title of a job: its name, else its first file, else its workflow.
import { baseName } from "../lib/format.js";
import { workflowTitle } from "../state/store.js";

/** A list's count and first items: all that the server gives of a long one. */
function begins(list) {
  if (Array.isArray(list)) return { count: list.length, first: list };
  return typeof list?.count === "number" ? list : null;
}

/** The inputs of the only list or of the first slot. */
function inputsOf({ inputs }) {
  const slot = Object.values(inputs ?? {})[0] ?? [];
  return begins(inputs) ?? begins(slot) ?? begins([slot]);
}

function firstInput(submission) {
  const first = inputsOf(submission).first[0];
  const path = first && typeof first === "object" ? Object.values(first)[0] : first;
  const rows = begins(submission.rows);
  return (Array.isArray(path) ? path[0] : path) ?? rows?.first[0]?.input ?? submission.input_dir ?? null;
}

// An unnamed job bears its workflow's name.
const wasNamed = (job) => job.name && (job.submission?.name || job.name !== workflowTitle(job.workflow));

export function jobTitle(job) {
  if (wasNamed(job)) return job.name;
  const first = firstInput(job.submission ?? {});
  if (first === null) return workflowTitle(job.workflow);
  const more = inputsOf(job.submission).count - 1;
  return baseName(first) + (more > 0 ? ` and ${more} more` : "");
}
