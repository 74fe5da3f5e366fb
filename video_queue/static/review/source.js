// A file that is judged, or that what is judged is a part of, as something to be looked at and played.
import { effect, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reviewApi, reviewUrls } from "../lib/review_api.js";
import { PictureClip, VideoClip } from "../viewer/clips.js";
import { playWhenReady } from "../viewer/proxies.js";

/** Of a sound: steps of a hundredth of a second. */
const SOUND_FPS = 100;

/** @param {Api.ReviewFile} file */
function clipOf(file) {
  if (file.kind === "audio") return new VideoClip(reviewUrls.file(file), { ...file, frames: null, fps: SOUND_FPS });
  if (file.kind === "image") return new PictureClip(() => (file.playable ? reviewUrls.file(file) : reviewUrls.frame(file, 0)), { frames: 1 });
  return file.playable ? new VideoClip(reviewUrls.file(file), file) : new PictureClip((frame) => reviewUrls.frame(file, frame), file);
}

/** As the viewer's sides: `clip`, `proxy`, and a name and size as `artifact`. */
class Source {
  constructor(file, { loop = true } = {}) {
    this.file = file;
    this.artifact = { name: file.name, width: file.width, height: file.height };
    this.input = false;
    this.proxy = signal(null);
    this.closed = false;
    const clip = clipOf(file);
    clip.loop.value = loop;
    this.clip = signal(clip);
    if (file.kind === "video" && !file.playable) playWhenReady(this, () => reviewApi.proxy(file), file);
  }

  close() {
    this.closed = true;
    this.clip.peek().stop();
  }
}

/**
 * The source of a file for as long as it is shown; null where there is no file.
 * @param {Api.ReviewFile | null | undefined} file
 * @param {{loop?: boolean}} [options]
 */
export function useSource(file, options) {
  const source = useSignal(null);
  useEffect(() => {
    const opened = file ? new Source(file, options) : null;
    source.value = opened;
    return () => opened?.close();
  }, [file?.url, file?.key]);
  return source.value;
}

/** The moment that is shown, in seconds, followed closely while it plays. */
export function useMoment(source) {
  const moment = useSignal(0);
  useEffect(() => {
    if (!source) return undefined;
    let request = 0;
    const end = effect(() => {
      const clip = source.clip.value;
      moment.value = clip.frame.value / clip.fps;
      cancelAnimationFrame(request);
      if (clip.rate.value > 0 && clip.element) request = requestAnimationFrame(follow);
    });
    function follow() {
      const clip = source.clip.peek();
      if (!clip.element || clip.rate.peek() <= 0) return;
      moment.value = clip.element.currentTime;
      // A sound shows no frames that would say where it is.
      if (source.file.kind === "audio") clip.frame.value = Math.min(clip.frames - 1, Math.round(moment.peek() * clip.fps));
      else request = requestAnimationFrame(follow);
    }
    return () => {
      cancelAnimationFrame(request);
      end();
    };
  }, [source]);
  return moment;
}

/** Play `[[from, to], ...]` (seconds) one after the other, and stop. */
export function playParts(clip, parts) {
  const [[first]] = parts;
  clip.seek(Math.round(first * clip.fps));
  if (!clip.element) return;
  clip.element.currentTime = first;
  clip.play(1);
  const run = (clip.run = Symbol("run"));
  let at = 0;
  const tick = () => {
    if (clip.run !== run || clip.rate.peek() <= 0 || !clip.element) return;
    if (!clip.element.seeking && clip.element.currentTime >= parts[at][1]) {
      at += 1;
      if (at === parts.length) {
        clip.stop();
        clip.frame.value = Math.min(clip.frames - 1, Math.max(0, Math.ceil(parts[at - 1][1] * clip.fps) - 1));
        return;
      }
      clip.element.currentTime = parts[at][0];
    }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}
