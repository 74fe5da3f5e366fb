// Several clips as one: the first leads, the others show what they have at the same time.
import { effect } from "@preact/signals";

/** Seconds by which a clip may be off before it is put right. */
const OFF = 0.06;

export class Together {
  constructor(clips) {
    this.lead = clips[0];
    this.others = clips.slice(1);
    this.frame = this.lead.frame;
    this.rate = this.lead.rate;
    this.loop = this.lead.loop;
    this.frames = this.lead.frames;
    this.fps = this.lead.fps;
    this.end = effect(() => this.follow(this.frame.value));
  }

  follow(frame) {
    const time = frame / this.fps;
    const stands = this.rate.peek() === 0;
    for (const clip of this.others) {
      const there = Math.round(time * clip.fps);
      const off = Math.abs(clip.frame.peek() - there) / clip.fps;
      if (stands ? clip.frame.peek() !== there : clip.rate.peek() === 0 || off > OFF) clip.seek(there);
    }
  }

  seek(frame) {
    this.lead.seek(frame);
    this.follow(this.frame.peek());
  }

  step(by) {
    this.stop();
    this.seek(this.frame.peek() + by);
  }

  play(rate = 1) {
    this.lead.play(rate);
    for (const clip of this.others) {
      clip.loop.value = this.loop.peek();
      if (rate > 0 && clip.element) clip.play(rate);
    }
  }

  stop() {
    this.lead.stop();
    for (const clip of this.others) clip.stop();
    this.follow(this.frame.peek());
  }
}
