// Two to four outputs at the same time: wipe, side by side, flip, difference; below, only what differs.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { recall, remember } from "../lib/remembered.js";
import { clearMarks } from "../state/compared.js";
import { lazyPart } from "../ui/lazy.js";
import { Controls, shuttle, toggle } from "./controls.js";
import { Frame } from "./frame.js";
import { Glyph } from "./glyphs.js";
import { useKeys } from "./keys.js";
import { LETTERS } from "./sides.js";
import { Picture, shapeOf } from "./stage.js";
import { Together } from "./together.js";
import { Use } from "./use.js";

const Differences = lazyPart(() => import("./differences.js").then((module) => module.Differences));
const MODES = [
  { mode: "wipe", key: "w", text: "Wipe", two: true },
  { mode: "side", key: "s", text: "Side by side" },
  { mode: "flip", key: "v", text: "Flip" },
  { mode: "difference", key: "d", text: "Difference", two: true },
];
const modeWanted = signal(recall("compare", "wipe"));

const nameOf = (sides, at) => (sides[at].input ? "Before" : sides.some((side) => side.input) ? "After" : LETTERS[at]);

export function Compare({ sides, place: around }) {
  const place = { ...around, leave: () => leaveOf(around) };
  const clips = sides.map((side) => side.clip.value);
  const clip = useMemo(() => new Together(clips), clips);
  const top = useSignal(0);
  const heading = useRef(null);
  useEffect(() => () => clip.end(), [clip]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const modes = MODES.filter(({ two }) => !two || sides.length === 2);
  const { mode } = modes.find((one) => one.mode === modeWanted.value) ?? modes[0];
  const choose = (next) => {
    if (next === "flip" && mode === "flip") top.value = (top.peek() + 1) % sides.length;
    modeWanted.value = next;
    remember("compare", next);
  };
  useKeys({
    toggle: () => toggle(clip),
    shuttle: (key) => shuttle(clip, key),
    step: (key) => clip.step(key === "," ? -1 : 1),
    mode: (key) => {
      const asked = modes.find((one) => one.key === key);
      return asked ? choose(asked.mode) : false;
    },
    full: place.toggleFull,
    leave: place.leave,
  });
  const title = html`<h1 ref=${heading} tabindex="-1">${sides.length === 2 ? (sides[1].input ? "After and before" : "A and B") : `${sides.length} renders`}</h1>`;
  return html`<${Frame} place=${place} label="Compare" title=${title} tools=${html`<${Modes} modes=${modes} mode=${mode} choose=${choose} />`}>
    <div class="view-main">
      <${Stage} sides=${sides} mode=${mode} top=${top.value} toggle=${() => toggle(clip)} />
      <${Controls} clip=${clip} />
    </div>
    <div class="view-side">
      <${Differences} sides=${sides} />
      ${sides.map((side, at) => !side.input && html`<${Use} key=${side.artifact.id} prompt=${side.prompt.value} letter=${sides[1].input ? "this" : LETTERS[at]} first=${at === 0} />`)}
    </div>
  <//>`;
}

/** Who leaves compare begins with other marks. */
function leaveOf(place) {
  if (!place.full) clearMarks();
  place.leave();
}

function Modes({ modes, mode, choose }) {
  return html`<span class="view-modes" role="group" aria-label="How to compare">
    ${modes.map(
      (one) => html`<button key=${one.mode} type="button" class="icon-button" aria-label=${one.text} title=${`${one.text} (${one.key.toUpperCase()})`} aria-pressed=${mode === one.mode ? "true" : "false"} onClick=${() => choose(one.mode)}>
        <${Glyph} name=${one.mode} /></button>`,
    )}
  </span>`;
}

function Stage({ sides, mode, top, toggle }) {
  if (mode === "side") {
    return html`<div class="view-grid" data-many=${sides.length}>
      ${sides.map((side, at) => html`<div key=${side.artifact.id} class="view-stage" style=${{ "--shape": shapeOf(sides[0]) }} onClick=${toggle}>
        <${Picture} side=${side} muted=${at > 0} /><span class="view-label">${nameOf(sides, at)}</span></div>`)}
    </div>`;
  }
  if (mode === "wipe") return html`<${Wipe} sides=${sides} />`;
  return html`<div class="view-stage" data-mode=${mode} style=${{ "--shape": shapeOf(sides[0]) }} onClick=${toggle}>
    ${sides.map((side, at) => html`<div key=${side.artifact.id} class="view-layer" data-hidden=${mode === "flip" && at !== top ? "" : undefined}><${Picture} side=${side} muted=${at > 0} /></div>`)}
    ${mode === "flip" && html`<span class="view-label">${nameOf(sides, top)}</span>`}
  </div>`;
}

/** A left of the line, B right of it; the line follows the pointer while it is pressed, and the arrows of its range. */
function Wipe({ sides }) {
  const at = useSignal(50);
  const move = (event) => {
    if (event.buttons !== 1 || event.target.closest("input")) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    at.value = Math.min(100, Math.max(0, ((event.clientX - left) / width) * 100));
  };
  return html`<div class="view-stage" data-mode="wipe" style=${{ "--shape": shapeOf(sides[0]), "--at": `${at.value}%` }} onPointerDown=${move} onPointerMove=${move}>
    <div class="view-layer"><${Picture} side=${sides[1]} muted /></div>
    <div class="view-layer view-left"><${Picture} side=${sides[0]} /></div>
    <span class="view-label">${nameOf(sides, 0)}</span><span class="view-label view-label-right">${nameOf(sides, 1)}</span>
    <span class="view-line" aria-hidden="true"></span>
    <input type="range" class="view-wipe hidden" aria-label="Where the two meet, in percent" min="0" max="100" value=${at.value} onInput=${(event) => (at.value = Number(event.target.value))} />
  </div>`;
}
