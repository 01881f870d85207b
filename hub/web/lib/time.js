// Times for people: in the viewer's zone, with the hub's beside them where the two clocks differ. Days are the hub's: they
// are those of the place that is watched, and of its folders.

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
let hub = own;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** Says which zone the hub has. @param {string | null} zone */
export function setHubZone(zone) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone ?? own });
    hub = zone ?? own;
  } catch {
    hub = own;
  }
}

/** The hub's zone. */
export function hubZone() {
  return hub;
}

/**
 * @param {Date} date
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} zone
 * @param {string} [language]
 */
function format(date, options, zone, language) {
  const key = JSON.stringify([zone, language, options]);
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(language, { ...options, timeZone: zone }));
  return made.format(date);
}

/** @typedef {string | number | Date} Time */

/** @param {Time} time */
export function toDate(time) {
  return time instanceof Date ? time : new Date(time);
}

const CLOCK = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const SECONDS = /** @type {const} */ ({ ...CLOCK, second: "2-digit" });
const DAY = /** @type {const} */ ({ year: "numeric", month: "2-digit", day: "2-digit" });

/** Whether the viewer's clock shows something else than the hub's at `time`. @param {Time} time */
export function differs(time) {
  const date = toDate(time);
  return hub !== own && format(date, { ...DAY, ...CLOCK }, own, "en") !== format(date, { ...DAY, ...CLOCK }, hub, "en");
}

/** `14:32`. @param {Time} time */
export function clock(time) {
  return format(toDate(time), CLOCK, own, "en-GB");
}

/** `14:32:05`. @param {Time} time */
export function seconds(time) {
  return format(toDate(time), SECONDS, own, "en-GB");
}

/** The hub's clock, where it shows something else; otherwise null. @param {Time} time @param {boolean} [fine] */
export function hubClock(time, fine = false) {
  return differs(time) ? format(toDate(time), fine ? SECONDS : CLOCK, hub, "en-GB") : null;
}

/** The time of day by the hub's clock, as its filters want it. @param {Time} time */
export function timeOfDay(time) {
  return format(toDate(time), CLOCK, hub, "en-GB");
}

/** `20 Nov 2026, 14:32:05` @param {Time} time */
export function full(time) {
  return `${format(toDate(time), { day: "numeric", month: "short", year: "numeric" }, own, "en-GB")}, ${seconds(time)}`;
}

/** The same by the hub's clock, with its zone's name. @param {Time} time */
export function hubFull(time) {
  const date = toDate(time);
  return `${format(date, { day: "numeric", month: "short", year: "numeric", ...SECONDS }, hub, "en-GB")} ${hub}`;
}

/** The hub's day, `2026-11-20`. @param {Time} time */
export function day(time) {
  return format(toDate(time), DAY, hub, "en-CA");
}

/** `Today`, `Yesterday`, `Friday, 20 November`, and the year where it is another. @param {string} of @param {Time} [now] */
export function dayName(of, now = Date.now()) {
  if (of === day(now)) return "Today";
  if (of === addDays(day(now), -1)) return "Yesterday";
  return dateName(of, now);
}

/** `Friday, 20 November`, and the year where it is another. @param {string} of @param {Time} [now] */
export function dateName(of, now = Date.now()) {
  const year = of.slice(0, 4) === day(now).slice(0, 4) ? undefined : /** @type {const} */ ("numeric");
  return format(noon(of), { weekday: "long", day: "numeric", month: "long", year }, "UTC", "en-GB");
}

/** `November 2026` of `2026-11`. @param {string} month */
export function monthName(month) {
  return format(noon(`${month}-01`), { month: "long", year: "numeric" }, "UTC", "en-GB");
}

/** `2026-11-21` of `2026-11-20` and 1. @param {string} of @param {number} days */
export function addDays(of, days) {
  const date = noon(of);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** The weekday of a day, 0 is Monday. @param {string} of */
export function weekday(of) {
  return (noon(of).getUTCDay() + 6) % 7;
}

/** Whether a calendar has it. @param {string} of */
export function isDay(of) {
  const date = noon(of);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(of);
}

/** @param {string} of */
function noon(of) {
  return new Date(`${of}T12:00:00Z`);
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`, `5 y 59 d`. @param {number} ms */
export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (/** @type {number} */ big, /** @type {string} */ a, /** @type {number} */ small, /** @type {string} */ b) =>
    small ? `${big} ${a} ${small} ${b}` : `${big} ${a}`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), "min", s % 60, "s");
  if (s < 86_400) return two(Math.floor(s / 3600), "h", Math.floor(s % 3600 / 60), "min");
  const days = Math.floor(s / 86_400);
  if (days < 365) return two(days, "d", Math.floor(s % 86_400 / 3600), "h");
  return two(Math.floor(days / 365), "y", days % 365, "d");
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, `5 years ago`. @param {Time} time @param {number} [now] */
export function ago(time, now = Date.now()) {
  const ms = now - toDate(time).getTime();
  if (ms < 45_000) return "just now";
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min ago`;
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)} h ago`;
  const years = Math.floor(ms / (365.25 * 86_400_000));
  if (years > 0) return years === 1 ? "over a year ago" : `${years} years ago`;
  return `${Math.round(ms / 86_400_000)} d ago`;
}
