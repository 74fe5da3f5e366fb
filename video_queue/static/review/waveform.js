// Spans of time (silences): gone through one by one, cut or kept, played around the cut, moved on the outline of the sound.
import { useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { lazyPart } from "../ui/lazy.js";
import { useActs } from "./acts.js";
import { Bar } from "./bar.js";
import { Shown } from "./shown.js";
import { playParts, useMoment, useSource } from "./source.js";
import { Spans } from "./spans.js";
import { exact, verbsOf } from "./words.js";

const AROUND = 1.2; // seconds before and after a cut
const NEW = 0.5;
const Track = lazyPart(() => import("./track.js").then((module) => module.Track));

export function Waveform({ review }) {
  const view = review.view.value;
  const at = review.at.value;
  const spans = useRef(null);
  spans.current ??= new Spans(review);
  const source = useSource(view.source, { loop: false });
  const clip = source?.clip.value;
  const moment = useMoment(source);
  const last = view.entries.at(-1)?.item.end ?? 1;
  const length = Math.max(view.source?.duration ?? 0, last);
  const fps = clip?.fps ?? 100;
  const snap = (time) => Math.min(length, Math.max(0, Math.round(time * fps) / fps));
  const shown = spans.current.get(at);
  const go = (number, seek = true) => {
    review.at.value = number;
    const span = spans.current.get(number);
    if (seek && span && clip) clip.stop(), clip.seek(Math.round(span.start * fps));
  };
  const beside = (by) => {
    const span = spans.current.beside(review.at.peek(), by);
    if (span) go(span.number);
  };
  const edge = (which) => {
    const span = spans.current.get(review.at.peek());
    if (!span || !clip) return;
    const here = clip.frame.peek() / fps;
    const next = { start: span.start, end: span.end, [which]: here };
    if (next.end - next.start < 1 / fps - 1e-6) return void review.say(which === "start" ? "It cannot begin after its end" : "It cannot end before it begins");
    review.say(spans.current.move(span.number, next, null));
  };
  const around = () => {
    const span = spans.current.get(review.at.peek());
    if (!clip || !span) return;
    const parts = view.cut && !span.off ? [[Math.max(0, span.start - AROUND), span.start], [span.end, Math.min(length, span.end + AROUND)]] : [[span.start, span.end]];
    playParts(clip, parts.filter(([from, to]) => to > from));
  };
  const add = () => {
    if (!clip) return;
    const start = snap(clip.frame.peek() / fps);
    const end = snap(Math.min(length, start + NEW));
    if (end > start) go(spans.current.draw({ start, end }), false);
    review.say(`A new ${view.cut ? "silence" : "part"} at ${exact(start)}`);
  };
  const reject = () => {
    const number = review.at.peek();
    if (number <= review.count) return review.decide({ do: "reject" });
    spans.current.erase(number);
    review.at.value = 1;
    return review.say("The new one is gone");
  };
  const approve = () => (review.at.peek() <= review.count ? review.decide({ do: "approve" }) : undefined);
  useActs(review, { move: (key) => beside(key === "ArrowLeft" ? -1 : 1), edge: (key) => edge(key === "i" ? "start" : "end"), add, around, approve, reject });
  const verbs = verbsOf(view);
  return html`<${Shown} review=${review} source=${source} />
    <p class="review-title num">
      ${shown ? html`<strong>${view.cut ? "Silence" : "Part"} ${at}</strong> <span class="dim">of ${view.entries.length + review.draft.added.value.length} · ${exact(shown.start)} to ${exact(shown.end)} · ${(shown.end - shown.start).toFixed(2)} s · ${shown.off ? verbs.rejected : verbs.approved}</span>` : ""}
    </p>
    <${Track} review=${review} spans=${spans.current} clip=${clip} file=${view.source} length=${length} moment=${moment} snap=${snap} go=${go} />
    <${Bar} review=${review} approve=${approve} reject=${reject}>
      <button type="button" title="Key P" onClick=${around}>${view.cut ? "Play around it" : "Play it"}</button>
      <button type="button" title="Where the picture stands (N)" onClick=${add}>New ${view.cut ? "silence" : "part"}</button>
    <//>`;
}
