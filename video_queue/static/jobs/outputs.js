// The published files: thumbnails to choose from and a player. A file that the browser cannot play can be saved.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { urls } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { plural } from "../lib/format.js";
import { fileFacts } from "../lib/text.js";
import { html } from "../lib/html.js";
import { matrixHref, viewHref } from "../lib/view_router.js";
import { liveRender, queue } from "../state/store.js";
import { Icon } from "../ui/icons.js";
import { Poster } from "../ui/poster.js";
import { Scrub } from "../ui/scrub.js";
import { Thumbnail } from "../ui/thumbnail.js";
import { toastError } from "../ui/toasts.js";

const SHOWN = 60;

/**
 * Where there is none yet, its place: the picture it is made from, grey. It stays as large when the first one comes.
 * @param {{job: Page.Live, outputs: Api.JobOutput[], more?: any}} props
 */
export function Outputs({ job, outputs, more }) {
  const files = outputs.reduce((sum, { run }) => sum + (run ?? 1), 0);
  const chosen = useSignal(null);
  const all = useSignal(false);
  const shape = useRef(outputs.length ? null : "16 / 9");
  const current = outputs.find((output) => output.id === chosen.value) ?? outputs[0];
  const seen = all.value ? outputs : outputs.slice(0, SHOWN);
  return html`<section class="outputs" aria-label="Outputs">
    <header class="part-head">
      <h2>Outputs <span class="num dim">${files}${more ? "+" : ""}</span></h2>
      ${seen.length < outputs.length && html`<button type="button" class="quiet" onClick=${() => (all.value = true)}>Show all ${outputs.length}</button>`}
      ${outputs.length > 1 && html`<a class="button quiet" href=${matrixHref(job.id)}><${Icon} name="image" />As a grid</a>`}
      ${files > 1 && html`<a class="button quiet" href=${urls.zip(job.id)} download><${Icon} name="download" />All as a zip</a>`}
    </header>
    <${Player} key=${current?.id ?? 0} artifact=${current ?? { kind: "none", name: "" }} jobId=${job.id} poster=${job.cells.value[0]?.poster} shape=${shape.current} />
    ${
      (outputs.length > 1 || job.total.value > 1) &&
      html`<ul class="shots" aria-label="Files" data-all=${all.value ? "" : undefined}>
        ${seen.map(
          (output) => html`<li key=${output.id}>
            <button type="button" class="shot" aria-pressed=${output === current ? "true" : "false"} title=${output.name} onClick=${() => (chosen.value = output.id)}>
              <${Shot} output=${output} /><span class="clip small">${output.name}</span>
            </button></li>`,
        )}
      </ul>`
    }
  </section>`;
}

/** What moves is scrubbed by the pointer. @param {{output: Api.JobOutput}} props */
function Shot({ output }) {
  const picture = html`<${Thumbnail} artifact=${output} fallback="file" />`;
  return output.kind === "video" || output.run ? html`<${Scrub} id=${output.id}>${picture}<//>` : picture;
}

/** A GIF counts as a clip where files are made; browsers show it as a picture, which moves. @param {Page.Shown} output */
const shownAs = ({ kind, name }) => (/\.gif$/i.test(name) ? "image" : kind);

/** Whether this browser plays a video (null: not known yet): tried unseen, so that nothing fails on screen. @param {Page.Shown} artifact */
function usePlayable(artifact) {
  const playable = useSignal(shownAs(artifact) === "video" ? null : true);
  useEffect(() => {
    if (shownAs(artifact) !== "video") return undefined;
    const probe = document.createElement("video");
    probe.preload = "metadata";
    probe.muted = true;
    probe.onloadedmetadata = () => {
      playable.value = probe.videoWidth > 0;
    };
    probe.onerror = () => {
      playable.value = false;
    };
    probe.src = urls.file(artifact.id);
    return () => {
      probe.onloadedmetadata = probe.onerror = null;
      probe.removeAttribute("src");
      probe.load();
    };
  }, [artifact.id]);
  return playable.value;
}

/** What a job is made from, or how its render looks now. */
function ToCome({ jobId, poster }) {
  const running = queue.value?.running.find((prompt) => prompt.job_id === jobId);
  const preview = running && liveRender(running.id).preview.value;
  return preview ? html`<img class="preview" src=${preview} alt="What the render looks like now" />` : html`<${Poster} poster=${poster} wait=${false} />`;
}

/** @param {{artifact: Page.Shown, jobId?: any, poster?: any, shape?: any}} props */
function Player({ artifact, jobId, poster, shape }) {
  const playable = usePlayable(artifact);
  const own = artifact.width && artifact.height ? `${artifact.width} / ${artifact.height}` : undefined;
  const none = artifact.kind === "none";
  const reveal = () => server.reveal(artifact.id).catch(toastError);
  return html`<figure class="player" data-none=${none ? "" : undefined}>
    <div class="stage" style=${{ aspectRatio: shape ?? own }} data-kind=${shownAs(artifact)}>${none ? html`<${ToCome} jobId=${jobId} poster=${poster} />` : html`<${Stage} artifact=${artifact} playable=${playable} />`}</div>
    <figcaption>
      <span class="player-name"><span class="mono clip" title=${artifact.path}>${artifact.name}</span><span class="dim num clip">${none ? "Nothing was made yet." : fileFacts(artifact, artifact.run && plural(artifact.run, "picture"))}</span></span>
      <span class="player-buttons">
        <a class="button quiet" href=${viewHref(artifact.id)}><${Icon} name="eye" />View</a>
        <a class="button quiet" href=${urls.download(artifact.id)} download=${artifact.name}><${Icon} name="download" />Save</a>
        <button type="button" class="quiet" onClick=${reveal}><${Icon} name="folder" />Show in folder</button>
        <button type="button" class="quiet" onClick=${() => import("./render_menu.js").then(({ replay }) => replay(String(artifact.prompt_id)))}><${Icon} name="repeat" />Run exactly again</button>
      </span>
    </figcaption>
  </figure>`;
}

/** @param {{artifact: Page.Shown, playable?: any}} props */
function Stage({ artifact, playable }) {
  const file = urls.file(artifact.id);
  const kind = shownAs(artifact);
  const poster = urls.thumbnail(artifact.id);
  if (kind === "video" && playable) {
    return html`<video src=${file} poster=${poster} controls loop playsinline preload="metadata" aria-label=${artifact.name}></video>`;
  }
  if (kind === "video") {
    return html`<img src=${poster} alt=${`First frame of ${artifact.name}`} />
      ${playable === false && html`<p class="stage-over small">This browser cannot play it as it is; View makes a version that plays.</p>`}`;
  }
  if (artifact.run) return html`<${Scrub} id=${artifact.id}><img src=${poster} alt=${artifact.name} /><//>`;
  if (kind === "image") return html`<img src=${file} alt=${artifact.name} />`;
  if (kind === "audio") return html`<audio src=${file} controls preload="metadata" aria-label=${artifact.name}></audio>`;
  return html`<p class="dim stage-note">A file to save</p>`;
}
