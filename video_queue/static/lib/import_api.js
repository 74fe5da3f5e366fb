// The calls of the import: a file or text of ComfyUI as a draft, and the draft as a workflow.
import { ApiError, AWAY, post } from "./api.js";

const PATH = "/workflows/import";

async function sendFile(file) {
  const form = new FormData();
  form.append("file", file);
  const response = await fetch(`/api${PATH}`, { method: "POST", body: form }).catch(() => null);
  const body = await response?.json().catch(() => null);
  if (!response?.ok) throw new ApiError(response?.status ?? 0, body?.error ?? AWAY);
  return body;
}

export const importApi = {
  file: sendFile,
  text: (text) => post(PATH, { text }),
  /** The draft as it was changed (`{definition | yaml, graphs}`), checked again. */
  check: (draft) => post(PATH, { draft }),
  save: (draft, name, force = false) => post(`${PATH}?save=${encodeURIComponent(name)}&force=${force}`, { draft }),
};
