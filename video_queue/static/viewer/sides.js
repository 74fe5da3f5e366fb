// One picture that is looked at: an output, or the input it was made from.
import { signal } from "@preact/signals";
import { urls } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { viewApi, viewUrls } from "../lib/view_api.js";
import { PictureClip, VideoClip } from "./clips.js";
import { playWhenReady } from "./proxies.js";

/** What the sides are called, in their order. */
export const LETTERS = ["A", "B", "C", "D"];

/** The sides that an address names: `12`, and `12in` for what 12 was made from. */
export async function openSides(names) {
  return Promise.all(names.map((name) => (name.endsWith("in") ? openInput(name.slice(0, -2)) : openOutput(name))));
}

async function openOutput(id) {
  const view = await viewApi.view(id);
  const prompt = await server.prompt(view.artifact.prompt_id);
  const side = new Side(view, prompt, clipOf(view));
  if (needsProxy(view)) playWhenReady(side, () => viewApi.proxy(side.artifact.id), facts(view));
  return side;
}

async function openInput(id) {
  const view = await viewApi.view(id);
  const side = new Side(view, await server.prompt(view.artifact.prompt_id), inputClip(view));
  side.input = true;
  return side;
}

/** The input of an output, frame by frame. @param {Api.OutputView} view */
export const inputClip = (view) => new PictureClip((frame) => viewUrls.before(view.artifact.id, frame), facts(view));

/** @param {Api.Artifact} artifact */
const isGif = ({ name }) => /\.gif$/i.test(name);
/** @param {Api.OutputView} view */
const needsProxy = ({ artifact, playable }) => artifact.kind === "video" && !playable && !isGif(artifact);

/** @param {Api.OutputView} view */
function facts({ artifact, run }) {
  if (run) return { fps: artifact.fps, frames: run.frames };
  return artifact.kind === "image" || isGif(artifact) ? { frames: 1 } : artifact;
}

/** @param {Api.OutputView} view */
function clipOf(view) {
  const { artifact, playable, run } = view;
  if (artifact.kind === "video" && playable && !isGif(artifact)) return new VideoClip(urls.file(artifact.id), facts(view));
  const whole = !run && (artifact.kind === "image" || isGif(artifact)) && playable;
  return new PictureClip((frame) => (whole ? urls.file(artifact.id) : viewUrls.frame(artifact.id, frame)), facts(view));
}

class Side {
  constructor(view, prompt, clip) {
    this.view = view;
    this.artifact = view.artifact;
    this.input = false;
    this.prompt = signal(prompt);
    this.clip = signal(clip);
    /** How far the proxy is (0..1), why there is none, or null. */
    this.proxy = signal(null);
    this.closed = false;
  }

  get sound() {
    return this.artifact.kind === "audio";
  }

  startAt(moment) {
    const clip = this.clip.peek();
    clip.seek(moment * clip.fps);
  }

  close() {
    this.closed = true;
    this.clip.peek().stop();
  }
}
