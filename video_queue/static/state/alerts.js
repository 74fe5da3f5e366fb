// What this browser does when something ends, fails or waits for the artist: a notification, a sound. Both are off until
// a button switches them on; the permission is asked for then, never at load.
import { effect, signal } from "@preact/signals";
import { recall, remember } from "../lib/remembered.js";
import { latestNotification } from "./store.js";

/** What comes later than so many milliseconds is not new any more: it was replayed after a gap. */
const FRESH = 60_000;
const NOTES = { good: [660, 880], bad: [440, 330] };
const BAD = new Set(["job.failed", "job.held", "watch.stuck", "watch.file_failed", "disk.full", "comfy.stuck"]);

export const canNotify = "Notification" in window;
const allowed = () => canNotify && Notification.permission === "granted";
export const notifies = signal(recall("alerts.notify", false) && allowed());
export const sounds = signal(recall("alerts.sound", false));

let audio = null;

/** Returns whether the browser allows it. */
export async function setNotifies(on) {
  notifies.value = on && (allowed() || (await Notification.requestPermission()) === "granted");
  remember("alerts.notify", notifies.value);
  return notifies.value === on;
}

export function setSounds(on) {
  sounds.value = on;
  remember("alerts.sound", on);
  if (on) play("good");
}

/** Two short tones. A browser may refuse any before the page was touched. */
function play(name) {
  audio ??= new AudioContext();
  void audio.resume().then(() => NOTES[name].forEach((pitch, at) => tone(pitch, audio.currentTime + at * 0.16)), () => undefined);
}

function tone(pitch, begin) {
  const [source, volume] = [audio.createOscillator(), audio.createGain()];
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(0.12, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.15);
  source.connect(volume).connect(audio.destination);
  source.start(begin);
  source.stop(begin + 0.16);
}

export function followAlerts() {
  effect(() => {
    const event = latestNotification.value;
    if (!event || Date.now() - Date.parse(event.at) > FRESH) return;
    const { title, text, kind, notification } = event.data;
    if (sounds.peek()) play(BAD.has(kind) ? "bad" : "good");
    // Who has the page before them sees it anyway.
    if (!notifies.peek() || (!document.hidden && document.hasFocus())) return;
    const shown = new Notification(title, { body: text, icon: "/icon.svg", tag: `vq-${notification}` });
    shown.onclick = () => {
      focus();
      location.hash = event.job_id ? `#/jobs/${event.job_id}` : "#/night";
      shown.close();
    };
  });
}
