// What a drop holds. It has to be read before anything is awaited: a drop is empty afterwards.

/** `[{file, entry}]`: a file, or the entry of a folder. */
export function itemsOf(transfer) {
  return [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => {
      const entry = item.webkitGetAsEntry?.() ?? null;
      return entry?.isDirectory ? { file: null, entry } : { file: item.getAsFile(), entry: null };
    })
    .filter(({ file, entry }) => file || entry);
}
