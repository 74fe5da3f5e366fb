// Files dropped on the page, kept until a workflow is chosen for them.
import { signal } from "@preact/signals";

export const dropped = signal([]);

/** The files of a drop; folders cannot be read whole by a page, so they are only counted. */
export function filesOf(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory).length;
  const files = items
    .filter((item) => !item.webkitGetAsEntry?.()?.isDirectory)
    .map((item) => item.getAsFile())
    .filter(Boolean);
  return { files, folders };
}
