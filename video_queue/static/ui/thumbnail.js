// The first output of a job as a small picture, read once its row stays in view, not while it is scrolled past.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, urls } from "../lib/api.js";
import { html } from "../lib/html.js";
import { KINDS } from "../lib/words.js";
import { Icon } from "./icons.js";

const DELAY = 150;
const firstOutputs = new Map();

/** A signal of the first output (null: none known). */
function firstOutput(live) {
  if (!firstOutputs.has(live.id)) firstOutputs.set(live.id, signal(null));
  return firstOutputs.get(live.id);
}

async function read(live, output) {
  const { items } = await api.outputs(live.id, { limit: 1 });
  if (items.length) output.value = items[0];
}

export function JobThumbnail({ job }) {
  const output = firstOutput(job);
  const has = job.counts.value.succeeded > 0;
  useEffect(() => {
    if (!has || output.peek()) return undefined;
    const timer = setTimeout(() => read(job, output).catch(() => undefined), DELAY);
    return () => clearTimeout(timer);
  }, [job.id, has]);
  return html`<${Thumbnail} artifact=${output.value} />`;
}

/** 64 x 36; decorative, because the name is beside it. */
export function Thumbnail({ artifact, fallback = "film" }) {
  const pictured = artifact && (artifact.kind === "video" || artifact.kind === "image");
  return html`<span class="thumb">
    ${
      pictured
        ? html`<img src=${urls.thumbnail(artifact.id)} alt="" loading="lazy" decoding="async" width="64" height="36" />`
        : html`<${Icon} name=${artifact ? KINDS[artifact.kind].icon : fallback} />`
    }
  </span>`;
}
