// One output: its picture, the controls below it, what the artist thinks of it, and what can be made of it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { urls } from "../lib/api.js";
import { html } from "../lib/html.js";
import { go } from "../lib/router.js";
import { openViewer, viewHref } from "../lib/view_router.js";
import { mark, markOf, marks } from "../state/compared.js";
import { IconButton } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { Controls, shuttle, toggle } from "./controls.js";
import { Frame } from "./frame.js";
import { Glyph } from "./glyphs.js";
import { useHeld, useKeys } from "./keys.js";
import { Notes, rate, reject } from "./notes.js";
import { inputClip } from "./sides.js";
import { Picture, shapeOf } from "./stage.js";
import { Use } from "./use.js";

const Made = lazyPart(() => import("./made.js").then((module) => module.Made));

/** The input at the frame that is shown, while it is wanted. */
function useBefore(side) {
  const before = useSignal(null);
  const hold = () => {
    if (!side.view.before) return;
    const clip = side.clip.peek();
    clip.stop();
    const input = inputClip(side.view);
    input.frames = clip.frames;
    input.shown.value = input.urlOf(clip.frame.peek());
    input.seek(clip.frame.peek());
    before.value = input;
  };
  const release = () => {
    before.value = null;
  };
  return { before: before.value, hold, release };
}

/** What was clicked to be seen plays; what was opened by its address waits. */
function usePlayed(side) {
  const clip = side.clip.value;
  useEffect(() => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (navigator.userActivation?.hasBeenActive && !calm && clip.element) clip.play(1);
  }, [clip]);
  return clip;
}

export function Viewer({ side, place }) {
  const { artifact, view, prompt } = side;
  const heading = useRef(null);
  const clip = usePlayed(side);
  const { before, hold, release } = useBefore(side);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const to = (id) => (id ? void openViewer(id, { replace: true }) : false);
  const startHold = useHeld("b", { hold, release, press: () => mark("b", artifact.id) });
  useKeys({
    toggle: () => toggle(clip),
    shuttle: (key) => shuttle(clip, key),
    step: (key) => clip.step(key === "," ? -1 : 1),
    neighbour: (key) => to(key === "ArrowLeft" ? view.previous : view.next),
    before: startHold,
    markA: () => mark("a", artifact.id),
    stars: (key) => rate(prompt, Number(key)),
    reject: () => reject(prompt),
    full: place.toggleFull,
    leave: place.leave,
  });
  const title = html`<h1 ref=${heading} tabindex="-1" class="clip" title=${artifact.path}>${artifact.name}</h1>`;
  const tools = html`
    <${IconButton} icon="chevron" class="backwards" label="The output before (←)" disabled=${!view.previous} onClick=${() => to(view.previous)} />
    <${IconButton} icon="chevron" label="The next output (→)" disabled=${!view.next} onClick=${() => to(view.next)} />`;
  return html`<${Frame} place=${place} label="Viewer" title=${title} tools=${tools}>
    <div class="view-main">
      <div class="view-stage" style=${{ "--shape": shapeOf(side) }} onClick=${() => toggle(clip)}>
        ${side.sound ? html`<audio src=${urls.file(artifact.id)} controls preload="metadata" aria-label=${artifact.name}></audio>` : html`<${Picture} side=${side} before=${before} />`}
        ${before && html`<span class="view-label">Before</span>`}
      </div>
      ${!side.sound && html`<${Controls} clip=${clip} />`}
    </div>
    <div class="view-side">
      <${Notes} prompt=${prompt} />
      <div class="view-buttons">
        ${view.before && html`<${BeforeButton} shown=${before !== null} hold=${hold} release=${release} />
          <button type="button" onClick=${() => go(viewHref(artifact.id, `${artifact.id}in`))}><${Glyph} name="wipe" />Compare with the input</button>`}
        <${Marks} id=${artifact.id} />
      </div>
      <${Use} prompt=${prompt.value} letter="this" />
      <${Made} side=${side} />
    </div>
  <//>`;
}

/** Held by pointer, finger or key. */
function BeforeButton({ shown, hold, release }) {
  const down = (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) hold();
  };
  return html`<button
    type="button" class="hold-before" title="Hold (or hold B)" aria-pressed=${shown ? "true" : "false"}
    onPointerDown=${hold} onPointerUp=${release} onPointerLeave=${release} onKeyDown=${down} onKeyUp=${release} onBlur=${release}
  ><${Glyph} name="before" />Before</button>`;
}

function Marks({ id }) {
  const letter = markOf(id);
  const other = marks.value.a !== null && marks.value.a !== id;
  return html`
    <button type="button" aria-pressed=${letter === "A" ? "true" : "false"} title="Key A" onClick=${() => mark("a", id)}>Mark as A</button>
    ${other && html`<button type="button" class="primary" title="Key B" onClick=${() => mark("b", id)}>Compare with A</button>`}`;
}
