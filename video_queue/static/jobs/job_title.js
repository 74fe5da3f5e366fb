// The title of a job: its name, else its first file, else its workflow.
import { baseName } from "../lib/format.js";
import { workflowTitle } from "../state/store.js";

function firstInput({ inputs, input_dir: folder, rows }) {
  const first = Array.isArray(inputs) ? inputs[0] : Object.values(inputs ?? {})[0];
  const path = first && typeof first === "object" ? Object.values(first)[0] : first;
  return (Array.isArray(path) ? path[0] : path) ?? rows?.[0]?.input ?? folder ?? null;
}

function many({ inputs }) {
  const all = Array.isArray(inputs) ? inputs : [Object.values(inputs ?? {})[0] ?? []].flat();
  return all.length;
}

/** The server names an unnamed job after its workflow; its files are a better title. */
const wasNamed = (job) => job.name && (job.submission?.name || job.name !== workflowTitle(job.workflow));

export function jobTitle(job) {
  if (wasNamed(job)) return job.name;
  const first = firstInput(job.submission ?? {});
  if (first === null) return workflowTitle(job.workflow);
  const more = many(job.submission) - 1;
  return baseName(first) + (more > 0 ? ` and ${more} more` : "");
}
