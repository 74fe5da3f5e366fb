// Texts and sizes as the artist reads them: what the first screen does not need. Pure functions.
import { clock, duration, plural } from "./format.js";

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** A long path with its middle left out. */
export function middle(path, most = 48) {
  if (path.length <= most) return path;
  const tail = Math.ceil((most - 1) * 0.6);
  return `${path.slice(0, most - 1 - tail)}…${path.slice(-tail)}`;
}

/** The folder of a path. */
export const folderOf = (path) => path.replace(/[\\/]?[^\\/]*$/, "");

/** How long something finished took: tenths below ten seconds. */
export function took(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return seconds < 60 ? `${Math.round(seconds)} s` : clock(seconds);
}

/** An estimate: "3 min", or "3 to 5 min" where it is a range. */
export function about(low, high = low) {
  const [first, last] = [duration(low), duration(high)];
  if (first === last) return first;
  const unit = last.split(" ").at(-1);
  const plain = first.split(" ").length === 2 && first.endsWith(` ${unit}`) ? first.split(" ")[0] : first;
  return `${plain} to ${last}`;
}

/** A time still to go. */
export const left = (low, high) => `${about(low, high)} left`;

/** A message of the server as a sentence: capital first, full stop last. */
export function sentence(text) {
  if (!text) return "";
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}

/** What a file is, on one line; `pictures` says how many lie in a row, where they do. */
export function fileFacts({ width, height, frames, fps, duration: seconds, bytes: size }, pictures) {
  return [
    width && height && `${width} × ${height}`,
    fps && `${Number(fps.toFixed(3))} fps`,
    pictures || (frames > 1 && plural(frames, "frame")),
    seconds && (seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds)),
    size && bytes(size),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Any parameter value on one line. */
export function shown(value) {
  if (value === null || value === undefined || value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
