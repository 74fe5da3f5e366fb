// Where a drop leads, wherever on the page it falls: a finished output gives its settings, a workflow or a queue file is
// imported, anything else is an input of the job that is being made, or begins one.
import { filesIn, MOST } from "../lib/folders.js";
import { baseName, plural } from "../lib/format.js";
import { go, newHref } from "../lib/router.js";
import { folderOf } from "../lib/text.js";
import { making } from "../state/drafts.js";
import { dropped, handed } from "../state/dropped.js";
import { KINDS } from "../lib/words.js";
import { toast, toastError } from "../ui/toasts.js";
import { offerImport, offerSettings, restoreFile } from "./restore.js";

/** `inputs` is the place of the form it fell on, if it did. */
export async function takeDrop(items, inputs = null) {
  const files = (await filesIn(items)).filter(({ name }) => items.length === 1 || !name.endsWith(".vq.json"));
  if (files.length >= MOST) toast({ text: `Only the first ${MOST.toLocaleString("en")} files are taken`, hint: "Choose the folder with Browse this machine.", tone: "partial" });
  const [only] = files.length === 1 ? files : [];
  if (only && (await leadsElsewhere(only, inputs))) return;
  const draft = making.peek();
  if (inputs) addTo([inputs], files);
  else if (draft?.slots.length) addTo(draft.slots, files);
  else begin(files);
  draft?.nameByFolder();
}

/** Whether a single file is no input. */
async function leadsElsewhere(file, inputs) {
  const name = file.name.toLowerCase();
  if (name.endsWith(".zip")) return handOver(file, "#/system");
  const isInput = inputs || making.peek()?.slots.some((slot) => slot.fits(name));
  if (isInput && !name.endsWith(".json")) {
    offerSettings(file).catch(() => undefined);
    return false;
  }
  if (await restoreFile(file)) return true;
  if (name.endsWith(".json") && (await isWorkflow(file))) return handOver(file, "#/workflows");
  offerImport(file).catch(() => undefined);
  return false;
}

function handOver(file, address) {
  handed.value = { file, to: address }; // before the screen that takes it in is there
  go(address);
  return true;
}

/** ComfyUI keeps a workflow as nodes with links, or as nodes by their number. */
async function isWorkflow(file) {
  try {
    const content = JSON.parse(await file.text());
    return Array.isArray(content.nodes) || Object.values(content).some((node) => node?.class_type);
  } catch {
    return false;
  }
}

/** Each file lies in the first place that takes its kind; what fits nowhere is said at once. */
function addTo(slots, files) {
  const refused = files.filter(({ name }) => !slots.some((slot) => slot.fits(name)));
  for (const slot of slots) {
    const mine = files.filter(({ name }) => slots.find((other) => other.fits(name)) === slot);
    if (!mine.length) continue;
    if (slot.kind === "sequence") addFolders(slot, mine).catch(toastError);
    else slot.addFiles(mine);
  }
  sayRefused(refused, slots[0].kind);
}

/** A sequence is a folder where it lies: it is found by its first picture. */
async function addFolders(slot, files) {
  const { locate } = await import("../lib/locate.js");
  const first = new Map();
  for (const file of files) {
    const folder = folderOf(file.within ?? "");
    if (!first.has(folder)) first.set(folder, file);
  }
  const paths = await locate([...first.values()]);
  const found = paths.filter(Boolean).map(folderOf);
  slot.addPaths(found.map((path) => ({ path, name: baseName(path), kind: "folder" })));
  if (found.length < first.size) toast({ text: "A folder of pictures is not on this disk", hint: "Copy it there, then choose it with Browse this machine.", tone: "partial" });
}

/** `kind` is what is taken there. */
export function sayRefused(files, kind) {
  if (!files.length) return;
  const many = KINDS[kind]?.many ?? "clips, pictures and sounds";
  const names = files.slice(0, 3).map(({ name }) => name).join(", ");
  const rest = files.length > 3 ? ` and ${files.length - 3} more` : "";
  toastError(Object.assign(new Error(`${plural(files.length, "file")} left out`), { hint: `Only ${many} are taken here: ${names}${rest} ${files.length === 1 ? "is" : "are"} something else.` }));
}

const MEDIA = /^(video|image|audio)\//;
const isMedia = ({ type }) => !type || MEDIA.test(type) || type === "application/mxf" || type === "application/ogg";

/** They lie on the table until a workflow is chosen. */
function begin(files) {
  const media = files.filter(isMedia);
  sayRefused(files.filter((file) => !isMedia(file)), null);
  if (!media.length) return;
  dropped.addFiles(media);
  go(newHref());
}
