// The end of `vq demo` in the now bar: how many files it made, and the way to one's own clip.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { server } from "../lib/more_api.js";
import { Icon } from "../ui/icons.js";

const JOBS = 20;

/** @param {{ended: number}} props renders that ended: another number is another count of files */
export function DemoDone({ ended }) {
  const files = useSignal(null);
  useEffect(() => {
    let gone = false;
    countFiles().then((many) => !gone && (files.value = many)).catch(() => undefined);
    return () => (gone = true);
  }, [ended]);
  return html`<div class="now-picture"><${Icon} name="check" size=${20} /></div>
    <p class="now-title"><span class="now-idle num">${files.value ? `${plural(files.value, "file")} ${files.value === 1 ? "is" : "are"} ready` : "Nothing to do"}</span></p>
    <div class="progress" aria-hidden="true"></div>
    <p class="now-line"><a href="#/new/transcode?file=1">Try it on your own clip</a></p>`;
}

async function countFiles() {
  const jobs = await api.jobs({ limit: JOBS });
  const lists = await Promise.all(jobs.items.map(({ id }) => server.outputs(id, { limit: 1000 })));
  return lists.reduce((sum, { items }) => sum + items.length, 0);
}
