// Numbers, times and paths as the artist reads them. Pure functions.

const NUMBER = new Intl.NumberFormat("en");

export const number = (value) => NUMBER.format(value);

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export const percent = (fraction) => `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)}%`;

/** 42 s, 3 min, 1 h 5 min, 2 d 3 h: rounded, for reading. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** 0:42, 3:05, 1:05:09: exact, for clocks that tick. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export const baseName = (path) => String(path).split(/[\\/]/).filter(Boolean).pop() ?? String(path);

export const seconds = (iso) => Date.parse(iso) / 1000;

export const exactTime = (iso) => (iso ? new Date(iso).toLocaleString() : "");

/** How long something took, or takes until now. */
export function span(from, to, nowSeconds) {
  return from ? Math.max(0, (to ? seconds(to) : nowSeconds) - seconds(from)) : null;
}

/** "just now", "5 min ago", then the date. */
export function ago(iso, nowSeconds) {
  const passed = nowSeconds - seconds(iso);
  if (passed < 10) return "just now";
  if (passed < 86400) return `${duration(passed)} ago`;
  return new Date(iso).toLocaleDateString();
}
