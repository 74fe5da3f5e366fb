// The first output of a job as a small picture, read once a row stays in view, and never for what is only passed by.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, urls } from "../lib/api.js";
import { html } from "../lib/html.js";
import { KINDS } from "../lib/words.js";
import { Icon } from "./icons.js";

const PATIENCE = 150;
const firstOutputs = new Map();

/** A signal of the first output (null: none known). */
function firstOutput(live) {
  if (!firstOutputs.has(live.id)) firstOutputs.set(live.id, signal(null));
  return firstOutputs.get(live.id);
}

async function read(live, found) {
  const { items } = await api.outputs(live.id, { limit: 1 });
  if (items.length) found.value = items[0];
}

export function JobThumbnail({ job }) {
  const found = firstOutput(job);
  const has = job.counts.value.succeeded > 0;
  useEffect(() => {
    if (!has || found.peek()) return undefined;
    const timer = setTimeout(() => read(job, found).catch(() => undefined), PATIENCE);
    return () => clearTimeout(timer);
  }, [job.id, has]);
  return html`<${Thumbnail} artifact=${found.value} />`;
}

/** 64 x 36; decorative, because the name stands beside it. */
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
