// The menu of a render, fetched when it is opened: what the server allows now, the same once more, its settings.
import { api, post } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { newHref } from "../lib/router.js";
import { viewHref } from "../lib/view_router.js";
import { knownJob } from "../state/store.js";
import { toastError } from "../ui/toasts.js";
import { doToPrompt, entriesOf, runsAgain } from "./actions.js";

/** The entries; lists of renders do not carry its actions. @param {Api.Prompt} prompt */
export async function renderMenu(prompt, after) {
  const { actions, job_id: job, index, finished_at: finished, artifacts } = await server.prompt(prompt.id);
  const id = `${job}.${index}`;
  const entries = entriesOf(actions, (name) => doToPrompt(prompt, name).then(after));
  const output = artifacts.find(({ role, kind }) => role === "output" && kind !== "text" && kind !== "other");
  if (output) entries.push({ label: "View", icon: "eye", href: viewHref(output.id) });
  if (finished) entries.push({ label: "Run exactly again", icon: "repeat", act: () => replay(id) });
  const { workflow } = knownJob(job)?.row.peek() ?? (await api.job(job));
  return [...entries, { label: "Change and run again", icon: "plus", href: newHref(workflow, id) }];
}

/** With the workflow, values and inputs that it was made with, whatever became of them. */
export async function replay(id) {
  try {
    const job = await post("/replay", { id });
    runsAgain(job, job.warnings.map(({ message }) => message).join(" "));
  } catch (error) {
    toastError(error);
  }
}
