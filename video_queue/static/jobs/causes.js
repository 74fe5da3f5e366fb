// Why renders failed, above the jobs that need the artist: one press tries again all that failed for one cause.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { server } from "../lib/more_api.js";
import { filter } from "../lib/router.js";
import { paced } from "../lib/soon.js";
import { counts } from "../state/store.js";
import { Icon } from "../ui/icons.js";
import { actOnMany } from "./many.js";
import { markText } from "./marks.js";

const PACE = 1000;

export function Causes() {
  const causes = useSignal([]);
  const { workflow, q, archived } = filter.value;
  const read = async () => {
    causes.value = (await server.causes({ workflow, words: q, archived: archived || undefined })).items;
  };
  const { failed, partial } = counts.value;
  useEffect(() => paced("causes", read, PACE), [workflow, q, archived, failed, partial]);
  const retry = async (cause) => {
    const many = plural(cause.prompts, "render");
    const body = { action: "retry", filter: { workflow: workflow || undefined, words: q || undefined, archived, cause: cause.code } };
    await actOnMany(body, undefined, `Trying ${many} again: ${markText(cause.code)}`);
    await read();
  };
  return html`<div class="causes" role="group" aria-label="Failed renders by cause">
    ${causes.value.map((cause) => html`<button key=${cause.code} type="button" class="chip" title=${cause.message} onClick=${() => retry(cause)}>
      <span class="state" data-tone="failed"><${Icon} name="retry" size=${14} /></span>
      Try ${number(cause.prompts)} again <span class="dim">${markText(cause.code)}</span></button>`)}
  </div>`;
}
