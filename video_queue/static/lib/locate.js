// Where dropped files lie on the server's disk: a page has only their names and contents, so the server compares samples.
import { post } from "./api.js";

/** As the server takes it: the first, middle and last bytes, or all of a short file. */
const PART = 65536;
const AT_ONCE = 1000;
const READING = 8;

/** The paths of files on the server's disk, null for those that are not there; in the order of `files`. */
export async function locate(files) {
  // Without a secure context nothing can be compared, and another machine's files are hardly here.
  if (!globalThis.crypto?.subtle) return files.map(() => null);
  const paths = [];
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const located = await post("/files/locate", { files: await describe(files.slice(at, at + AT_ONCE)) });
    paths.push(...located.files.map(({ path }) => path));
  }
  return paths;
}

async function describe(files) {
  const described = Array(files.length);
  let next = 0;
  const read = async () => {
    for (let at = next++; at < files.length; at = next++) {
      const file = files[at];
      described[at] = { name: file.name, bytes: file.size, sample: await sampleOf(file), within: file.within ?? "" };
    }
  };
  await Promise.all(Array.from({ length: READING }, read));
  return described;
}

async function sampleOf(file) {
  const middle = Math.floor(file.size / 2);
  const parts = file.size <= 3 * PART ? [file] : [file.slice(0, PART), file.slice(middle, middle + PART), file.slice(-PART)];
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
