// Moments as an artist says them: today, last night, Tuesday. A night lasts from six to six.
const HOUR = 3600_000;
const DAY = 24 * HOUR;
const EVENING = 18;
const MORNING = 6;

const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

/** In which part of the week something ended, as a heading. */
export function dayOf(iso, nowSeconds) {
  const at = Date.parse(iso);
  const now = nowSeconds * 1000;
  const morning = midnight(now - MORNING * HOUR) + MORNING * HOUR;
  if (at >= morning) return "Today";
  if (at >= morning - (24 - EVENING + MORNING) * HOUR) return "Last night";
  if (at >= morning - DAY) return "Yesterday";
  const date = new Date(at);
  if (at >= morning - 6 * DAY) return date.toLocaleDateString("en", { weekday: "long" });
  /** @type {Intl.DateTimeFormatOptions} */
  const year = date.getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" };
  return date.toLocaleDateString("en", { day: "numeric", month: "long", ...year });
}

const time = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

/** A time of day, with its weekday where it is not today: 13:40, Tue 06:40. */
export function clockTime(at, nowSeconds) {
  if (midnight(at * 1000) === midnight(nowSeconds * 1000)) return time(at);
  return `${new Date(at * 1000).toLocaleDateString("en", { weekday: "short" })} ${time(at)}`;
}

/**
 * "done about 13:40": to the minute, to five where it is further off.
 * @param {number[]} done
 * @param {number} nowSeconds
 */
export function doneAbout([, middle], nowSeconds) {
  const left = middle - nowSeconds;
  if (left < 45) return "done in a moment";
  const step = left < 1800 ? 60 : 300;
  return `done about ${clockTime(Math.ceil(middle / step) * step, nowSeconds)}`;
}

/** @type {(done: number[], nowSeconds: number) => string} */
export const between = ([low, , high], nowSeconds) =>
  `Between ${clockTime(low, nowSeconds)} and ${clockTime(high, nowSeconds)}, by what earlier runs took`;
