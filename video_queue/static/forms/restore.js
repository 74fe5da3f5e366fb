// The settings of an output fill the form of a new job. An output of ours says inside how it was made, and so does
// the manifest beside it; the file itself is not sent.
import { post } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { newHref, go } from "../lib/router.js";
import { Draft } from "../state/draft.js";
import { drafts } from "../state/drafts.js";
import { dropped, handed } from "../state/dropped.js";
import { toast, toastError } from "../ui/toasts.js";

const MARK = '{"schema_version"';
/** The record lies in a file's first or last bytes, wherever its format has room for texts. */
const HEAD = 1 << 20;
const TAIL = 4 << 20;
const LONGEST = 32 << 20;

let counter = 0;

/** Whether a file is one of ours; then its settings are in the form of a new job, and undo takes it as an input. */
export async function restoreFile(file) {
  const text = await recordIn(file);
  if (!text) return false;
  try {
    const { href, hint } = await openSettings(text, file);
    go(href);
    const undo = () => {
      dropped.addFiles([file]);
      go(newHref());
    };
    const plain = isManifest(file);
    toast({ text: `Settings of ${file.name}`, hint: plain ? hint : `Undo takes it as an input. ${hint}`, undo: plain ? null : undo });
  } catch (error) {
    toastError(error);
    return isManifest(file);
  }
  return true;
}

/** A picture that ComfyUI saved has its graph among its first bytes: the import of that is offered. */
export async function offerImport(file) {
  const text = new TextDecoder("latin1").decode(await file.slice(0, HEAD).arrayBuffer());
  if (!text.includes('"class_type"') && !text.includes('"last_node_id"')) return;
  const to = "#/workflows";
  toast({ text: `${file.name} has a ComfyUI workflow inside`, link: { href: to, text: "Import it", onClick: () => (handed.value = { file, to }) } });
}

/** A file that was dropped as an input may be an output of ours: its settings are offered. */
export async function offerSettings(file) {
  const text = await recordIn(file);
  if (!text) {
    await offerImport(file);
    return;
  }
  const { href } = await openSettings(text, file);
  toast({ text: `${file.name} was made here`, link: { href, text: "Use its settings" } });
}

const isManifest = (file) => file.name.endsWith(".json");

/** A draft with the settings; where its form is, and what of them is another now. */
async function openSettings(text, file) {
  const { submission, warnings } = await post("/restore", { text, name: file.name, bytes: file.size });
  counter += 1;
  const from = `file-${counter}`;
  drafts.set(`${submission.workflow} ${from}`, new Draft(await server.schema(submission.workflow), submission));
  return { href: newHref(submission.workflow, from), hint: warnings.map(({ message }) => message).join(" ") };
}

/** The text of a file that says how it was made; null for any other file. */
async function recordIn(file) {
  if (isManifest(file)) return file.size < LONGEST ? record(await file.text()) : null;
  const parts = file.size <= HEAD + TAIL ? [file] : [file.slice(0, HEAD), file.slice(-TAIL)];
  for (const part of parts) {
    const text = new TextDecoder("latin1").decode(await part.arrayBuffer());
    for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + 1)) {
      const whole = record(object(text, at));
      if (whole) return whole;
    }
  }
  return null;
}

function record(text) {
  try {
    return JSON.parse(text).workflow?.hash ? text : null;
  } catch {
    return null;
  }
}

/** The JSON object that begins at `start`, up to the brace that closes it. */
function object(text, start) {
  const part = /["\\{}]/g;
  part.lastIndex = start;
  let depth = 0;
  let quoted = false;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    const [mark] = match;
    if (mark === "\\") part.lastIndex += 1;
    else if (mark === '"') quoted = !quoted;
    else if (!quoted) depth += mark === "{" ? 1 : -1;
    if (depth === 0) return text.slice(start, part.lastIndex);
  }
  return "";
}
