// The files of an unsent submission: paths on the server, and what was dropped. That is looked for on the server's disk
// first; what is not there is uploaded.
// One InputFiles for each slot of the workflow (a workflow without slots has one, named "").
import { computed, signal } from "@preact/signals";
import { ApiError, AWAY } from "../lib/api.js";
import { baseName } from "../lib/format.js";

const AT_ONCE = 2;

let counter = 0;
let running = 0;
/** @type {Entry[]} */
const waiting = [];

function queueUp(entries) {
  waiting.push(...entries);
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    /** @type {any} */
    const entry = waiting.shift();
    entry
      .send()
      .finally(() => {
        running -= 1;
        next();
      });
  }
}

class Entry {
  /** @param {{path?: string | null, name: string, kind: string, bytes?: number | null, file?: (File & {within?: string}) | null}} what */
  constructor({ path = null, name, kind, bytes = null, file = null }) {
    counter += 1;
    this.id = counter;
    this.name = name;
    this.kind = kind;
    this.bytes = bytes;
    this.path = signal(path);
    /** 0..1 of an upload; null while it is looked for. */
    this.progress = signal(path ? 1 : null);
    this.error = signal(null);
    this.picture = file && kind === "image" ? URL.createObjectURL(file) : null;
    this.file = file;
    /** The dropped folder it was in. */
    this.folder = file?.within?.split("/")[0] ?? "";
  }

  async send() {
    try {
      const { upload } = await import("../lib/upload.js");
      if (this.gone) return;
      this.progress.value = 0;
      this.sending = upload(this.file, (fraction) => {
        this.progress.value = fraction;
      });
      this.path.value = (await this.sending.done).path;
      this.progress.value = 1;
    } catch (error) {
      if (error.name !== "AbortError") this.error.value = error.code ? error : new ApiError(0, AWAY);
    }
  }

  /** Once more after a failure. */
  sendAgain() {
    this.error.value = null;
    queueUp([this]);
  }

  drop() {
    this.gone = true;
    this.sending?.abort();
    if (this.picture) URL.revokeObjectURL(this.picture);
  }
}

const kindOf = (file) => (/^(video|image|audio)\//.exec(file.type) ?? [])[1] ?? "other";

/** Find entries on the server's disk; resolves with those that are not there. */
async function notFound(entries) {
  const files = entries.map((entry) => entry.file);
  const paths = await import("../lib/locate.js").then(({ locate }) => locate(files)).catch(() => []);
  entries.forEach((entry, at) => {
    entry.path.value = paths[at] ?? null;
    entry.located = true;
  });
  return entries.filter((entry) => !entry.path.peek() && !entry.gone);
}

const extensionOf = (name) => name.split(".").at(-1).toLowerCase();

export class InputFiles {
  /** `extensions` are those of its kind; without them any file fits. */
  constructor(slot, spec, extensions = null) {
    this.slot = slot;
    this.kind = spec.kind;
    this.extensions = extensions && new Set(extensions);
    /** Uploads wait until a workflow is chosen. */
    this.sends = extensions !== null;
    this.perPrompt = spec.per_prompt ?? 1;
    this.entries = signal([]);
    /** Whether files are chosen as soon as the form is seen. */
    this.pickFirst = false;
    /** The button that chooses files gets the keyboard when it comes. */
    this.focusFirst = false;
    this.uploading = computed(() => this.entries.value.some((entry) => !entry.path.value && !entry.error.value));
    this.paths = computed(() =>
      this.entries.value.filter((entry) => entry.kind !== "folder" || this.kind === "sequence").flatMap((entry) => entry.path.value ?? []),
    );
    /** A folder whose files are all taken; a sequence's folders are inputs themselves. */
    this.folder = computed(() =>
      this.kind === "sequence" ? null : (this.entries.value.findLast((entry) => entry.kind === "folder")?.path.value ?? null),
    );
  }

  addPaths(files) {
    const known = new Set(this.entries.peek().map((entry) => entry.path.peek()));
    const fresh = files.filter((entry) => !known.has(entry.path)).map((entry) => new Entry(entry));
    const old = fresh.some((entry) => entry.kind === "folder") && this.kind !== "sequence" ? this.withoutFolder() : this.entries.peek();
    this.entries.value = [...old, ...fresh];
  }

  addPath(path) {
    this.addPaths([{ path, name: baseName(path), kind: this.kind }]);
  }

  fits(name) {
    return !this.extensions || this.extensions.has(extensionOf(name));
  }

  addFiles(files) {
    const fresh = files.map((file) => new Entry({ name: file.name, kind: kindOf(file), bytes: file.size, file }));
    this.entries.value = [...this.entries.peek(), ...fresh];
    void notFound(fresh).then((missing) => {
      // They may lie in another place by now.
      for (const place of new Set(fresh.map((entry) => entry.place ?? this))) place.found(missing);
    });
  }

  /** After the search: a file that was there already stays once, and what is not on this disk is sent. */
  found(missing) {
    const paths = new Set();
    this.entries.value = this.entries.peek().filter(({ path }) => !path.peek() || (!paths.has(path.peek()) && paths.add(path.peek())));
    if (this.sends) queueUp(missing.filter((entry) => this.entries.peek().includes(entry)));
  }

  /** Take over what lies in another place, with all that is known of it. */
  take(other, fits = () => true) {
    const mine = other.entries.peek().filter(fits);
    other.entries.value = other.entries.peek().filter((entry) => !mine.includes(entry));
    for (const entry of mine) entry.place = this;
    this.entries.value = [...this.entries.peek(), ...mine];
    this.found(mine.filter((entry) => entry.located && !entry.path.peek()));
  }

  withoutFolder() {
    return this.entries.peek().filter((entry) => entry.kind !== "folder");
  }

  remove(entry) {
    entry.drop();
    this.entries.value = this.entries.peek().filter((other) => other !== entry);
  }

  clear() {
    for (const entry of this.entries.peek()) entry.drop();
    this.entries.value = [];
  }
}
