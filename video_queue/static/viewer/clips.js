// What the viewer plays, frame by frame: a video, or pictures that come one by one. Both have `frame`, `rate` (0: it
// stands), `frames` and `fps`, and the verbs seek, step, play and stop; frames count from 0.
import { signal } from "@preact/signals";

const AHEAD = 6;
const QUICKEST = 30;
const DEFAULT_FPS = 24;

const within = (frame, frames) => Math.min(Math.max(0, frames - 1), Math.max(0, frame));

/** @abstract */
class Clip {
  constructor({ fps, frames, duration }) {
    this.fps = fps || DEFAULT_FPS;
    this.frames = frames || Math.max(1, Math.round((duration ?? 0) * this.fps));
    this.frame = signal(0);
    this.rate = signal(0);
    this.loop = signal(true);
    this.failed = signal(false);
    this.timer = 0;
  }

  // Both kinds have their own.
  seek(_frame) {}

  step(by) {
    this.stop();
    this.seek(this.frame.peek() + by);
  }

  stop() {
    clearInterval(this.timer);
    this.rate.value = 0;
  }
}

/** A clip that the browser plays at `url`. */
export class VideoClip extends Clip {
  constructor(url, facts) {
    super(facts);
    this.url = url;
    this.element = null;
    this.wanted = null;
  }

  /** The <video> that shows it; null when it is taken away. */
  attach = (element) => {
    if (!element) this.stop();
    this.element = element;
    if (!element) return;
    element.onseeked = () => {
      if (this.wanted !== null) this.jump(this.wanted);
    };
    element.onended = () => this.stop();
    element.onerror = () => {
      this.failed.value = true;
    };
    if (this.frame.peek()) this.jump(this.frame.peek());
    this.watch();
  };

  /** Each frame that is really shown says its time. */
  watch() {
    this.element?.requestVideoFrameCallback?.((_, { mediaTime }) => {
      if (this.rate.peek() > 0) this.frame.value = within(Math.round(mediaTime * this.fps), this.frames);
      this.watch();
    });
  }

  seek(frame) {
    const next = within(Math.round(frame), this.frames);
    this.frame.value = next;
    if (!this.element) return;
    if (this.element.seeking) this.wanted = next;
    else this.jump(next);
  }

  /** Into the middle of a frame, where no rounding gives its neighbour. */
  jump(frame) {
    this.wanted = null;
    this.element.currentTime = (frame + 0.5) / this.fps;
  }

  play(rate = 1) {
    this.stop();
    if (!this.element || this.frames < 2) return;
    this.rate.value = rate;
    if (rate < 0) {
      this.timer = setInterval(() => this.backward(rate), Math.max(QUICKEST, 1000 / (this.fps * -rate)));
      return;
    }
    this.element.loop = this.loop.peek();
    this.element.playbackRate = rate;
    this.element.play().catch(() => {
      this.rate.value = 0;
    });
  }

  backward(rate) {
    if (this.element.seeking) return;
    const by = Math.max(1, Math.round((QUICKEST / 1000) * this.fps * -rate));
    const next = this.frame.peek() - by;
    this.seek(next < 0 && this.loop.peek() ? this.frames - 1 : next);
  }

  stop() {
    super.stop();
    this.element?.pause();
  }
}

/** Pictures by number: a run of frames, the input of an output, a clip whose proxy is not made yet, or a single one. */
export class PictureClip extends Clip {
  constructor(urlOf, facts) {
    super(facts);
    this.urlOf = urlOf;
    this.shown = signal(urlOf(0));
    this.loading = null;
  }

  seek(frame) {
    this.frame.value = within(Math.round(frame), this.frames);
    if (!this.loading) this.load();
  }

  /** The picture changes once the next one is there; of those asked for meanwhile the last one counts. */
  load() {
    const url = this.urlOf(this.frame.peek());
    if (url === this.shown.peek()) return;
    this.loading = new Image();
    this.loading.onload = this.loading.onerror = (/** @type {any} */ event) => {
      this.loading = null;
      this.failed.value = event.type === "error";
      if (event.type === "load") this.shown.value = url;
      if (this.urlOf(this.frame.peek()) !== url) this.load();
    };
    this.loading.src = url;
  }

  play(rate = 1) {
    this.stop();
    if (this.frames < 2) return;
    this.rate.value = rate;
    this.timer = setInterval(() => this.next(rate), 1000 / (this.fps * Math.abs(rate)));
  }

  next(rate) {
    if (this.loading) return;
    const by = Math.sign(rate);
    const next = this.frame.peek() + by;
    if (next < 0 || next >= this.frames) {
      if (!this.loop.peek()) return this.stop();
    }
    this.seek((next + this.frames) % this.frames);
    for (let ahead = 1; ahead <= AHEAD; ahead += 1) new Image().src = this.urlOf((this.frame.peek() + by * ahead + this.frames) % this.frames);
    return undefined;
  }
}
