// Where to in the queue, typed: "to place 3".
import { askFor } from "../ui/ask.js";
import { selectedCount } from "../state/selection.js";
import { knownJob } from "../state/store.js";
import { actOnMany, actOnSelection, selectionWords } from "./many.js";

const ask = (what) => askFor({ title: `Move ${what}`, label: "To which place? 1 is the next that begins.", yes: "Move", min: 1 });

/** Ask where to, and move what is selected, or the job `id` where nothing is. */
export async function askForPlace(id) {
  if (selectedCount.peek()) {
    const place = await ask(selectionWords()(selectedCount.peek()));
    if (place) await actOnSelection("move", { to: place });
    return;
  }
  const job = knownJob(id);
  const place = job && (await ask(job.row.peek().name));
  if (place) await actOnMany({ action: "move", ids: [String(id)], to: place }, undefined, `Moved ${job.row.peek().name} to place ${place}`);
}
