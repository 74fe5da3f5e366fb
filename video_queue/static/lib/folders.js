// The files of dropped folders, read entry by entry; each knows where it lay (`within`).

export const MOST = 10_000;

/** All files of a drop, those of folders in order of their names; hidden ones are left out. At most MOST. */
export async function filesIn(items) {
  const files = [];
  for (const { file, entry } of items) {
    if (file) files.push(file);
    else await read(entry, entry.name, files);
  }
  return files.slice(0, MOST);
}

async function read(folder, within, files) {
  for (const entry of await entriesOf(folder)) {
    if (files.length >= MOST) return;
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory) await read(entry, `${within}/${entry.name}`, files);
    else files.push(Object.assign(await new Promise((ready, failed) => entry.file(ready, failed)), { within: `${within}/${entry.name}` }));
  }
}

/** A folder gives its entries in parts, the last of them empty. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const part = await new Promise((ready, failed) => reader.readEntries(ready, failed));
    if (!part.length) return all.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    all.push(...part);
  }
}
