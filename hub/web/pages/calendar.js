// A year of days at a glance: how much happened, and where something has not been looked at. A day leads to its events. Begins
// with the last twelve months that have anything; other years are one press away.

import { go } from "../app.js";
import { get, isLeft } from "../lib/api.js";
import { listen } from "../lib/changes.js";
import { h, put } from "../lib/dom.js";
import { asQuery, filterBar, filters, withFilters } from "../lib/filters.js";
import { icon } from "../lib/icons.js";
import { onKeys } from "../lib/keys.js";
import { counted } from "../lib/measure.js";
import { addDays, dateName, day, monthName, weekday } from "../lib/time.js";

/** @typedef {{day: string, events: number, images: number, unreviewed: number}} Day */

const MONTHS = 12;
const LEVELS = 5;
const BEND = 0.7;
const COUNTED = ["node", "view"];
const GATHER = 3_000;

/** @param {HTMLElement} root @param {import("../app.js").Address} address @param {AbortSignal} signal */
export async function show(root, address, signal) {
  const of = filters(address.query);
  const asked = address.query.get("year");
  const year = asked && /^\d{4}$/.test(asked) ? asked : null;
  const grid = h("div", { class: "months" });
  const years = h("nav", { class: "tabs", "aria-label": "Years", hidden: true });
  const counted = Object.fromEntries(Object.entries(asQuery(of)).filter(([key]) => COUNTED.includes(key)));
  const load = async () => {
    /** @type {{days: Day[]}} */
    const { days } = await get("/api/days", counted, signal);
    const months = monthsOf(year, days);
    const [first, last] = [`${months.at(-1)}-01`, lastDay(months[0] ?? "")];
    const shown = days.filter((one) => first <= one.day && one.day <= last);
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.day : undefined;
    drawYears(years, days, shown, year, of);
    put(grid, draw(months, of.get("reviewed") === "false" ? shown.map(unreviewedOnly) : shown, of));
    if (focused) dayLink(grid, focused)?.focus({ preventScroll: true });
  };
  const change = (/** @type {URLSearchParams} */ next) => go(addressOf(year, next));
  put(root, h("div", { class: "head today-head" }, h("h1", null, "Calendar"), years, filterBar(of, change, signal)), note(of), grid);
  onKeys(keys(grid), signal);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  listen(["event", "missed"], () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!signal.aborted) load().catch((error) => { if (!isLeft(error)) console.error(error); });
    }, GATHER);
  }, signal);
  await load();
}

/** The months of a year, or the last twelve that end with one in which anything happened; the newest first. @param {string | null} year @param {Day[]} days */
function monthsOf(year, days) {
  const now = day(Date.now()).slice(0, 7);
  const newest = days.at(-1)?.day.slice(0, 7) ?? now;
  // Whose last event is of this year looks from today; what was taken over from years ago begins where it ended.
  const recent = monthsFrom(now, 1 - MONTHS) <= newest ? now : newest;
  const busy = days.findLast((one) => one.day.startsWith(`${year}-`))?.day.slice(0, 7);
  const last = year === null ? recent : busy ?? `${year}-12`;
  return Array.from({ length: MONTHS }, (_, back) => monthsFrom(last, -back)).filter((month) => year === null || month.startsWith(year));
}

/** The years in which anything happened, where not all of it is shown. @param {HTMLElement} nav @param {Day[]} days @param {Day[]} shown @param {string | null} year @param {URLSearchParams} of */
function drawYears(nav, days, shown, year, of) {
  const years = [...new Set(days.map((one) => one.day.slice(0, 4)))].reverse();
  const tab = (/** @type {string} */ name, /** @type {string | null} */ to) =>
    h("a", { href: addressOf(to, of), "aria-current": to === year ? "page" : null }, name);
  nav.hidden = year === null && shown.length === days.length;
  put(nav, tab("Latest", null), years.map((one) => tab(one, one)));
}

/** @param {string | null} year @param {URLSearchParams} of */
function addressOf(year, of) {
  const query = new URLSearchParams(of);
  if (year) query.set("year", year);
  return withFilters("/calendar", query);
}

/** @param {URLSearchParams} of */
function note(of) {
  if (![...of.keys()].some((key) => !COUNTED.includes(key) && key !== "reviewed")) return null;
  return h("p", { class: "soft small calendar-note" }, "The shades count every event of these nodes and views; a day opens with all your filters.");
}

/** @param {string[]} months @param {Day[]} days @param {URLSearchParams} of */
function draw(months, days, of) {
  const byDay = new Map(days.map((one) => [one.day, one]));
  const most = Math.max(1, ...days.map(({ events }) => events));
  const shown = months.filter((month, index) => index < 1 || days.some((one) => one.day.slice(0, 7) <= month));
  if (days.length === 0) return empty(of);
  return shown.map((month) => monthPanel(month, byDay, most, of));
}

/** @param {URLSearchParams} of */
function empty(of) {
  const [title, text] = of.size > 0 ? ["Nothing like that", "On no day was there anything as the filters want it."]
    : ["No day has anything yet", "Each day on which something happens gets a shade here: the more, the stronger."];
  return h("div", { class: "empty" }, icon("calendar"), h("h2", null, title), h("p", null, text),
    of.size > 0 ? h("a", { class: "button", href: "/calendar" }, "Without filters") : null);
}

/** @param {Day} one @returns {Day} */
function unreviewedOnly(one) {
  return { ...one, events: one.unreviewed, images: 0 };
}

/** @param {string} month @param {Map<string, Day>} byDay @param {number} most @param {URLSearchParams} of */
function monthPanel(month, byDay, most, of) {
  const first = `${month}-01`;
  const count = Number(lastDay(month).slice(8));
  const all = Array.from({ length: count }, (_, index) => addDays(first, index));
  const sum = (/** @type {"events" | "images"} */ of) => all.reduce((so, one) => so + (byDay.get(one)?.[of] ?? 0), 0);
  const [events, images] = [sum("events"), sum("images")];
  const cells = all.map((one) => cell(one, byDay.get(one), most, of));
  cells[0]?.classList.add(`from-${weekday(first)}`);
  return h("section", { class: "month", "aria-labelledby": `month-${month}` },
    h("div", { class: "month-head" }, h("h2", { id: `month-${month}` }, monthName(month)),
      events + images > 0 ? h("p", { class: "soft small" }, events ? counted(events, "event") : counted(images, "picture")) : null),
    h("div", { class: "weekdays", "aria-hidden": "true" }, [..."MTWTFSS"].map((letter) => h("span", null, letter))),
    h("ol", { class: "days" }, cells));
}

/** @param {string} date @param {Day | undefined} count @param {number} most @param {URLSearchParams} of */
function cell(date, count, most, of) {
  const number = String(Number(date.slice(8)));
  const today = date === day(Date.now());
  if (!count?.events && !(count?.images && count.unreviewed === 0)) return h("li", { class: today ? "is-today" : null }, h("span", { class: "day" }, number));
  const words = count.events === 0 ? `${dateName(date)}: ${counted(count.images, "picture")} without an event`
    : `${dateName(date)}: ${counted(count.events, "event")}, ${count.unreviewed ? counted(count.unreviewed, "not reviewed", "not reviewed") : "all reviewed"}`;
  return h("li", { class: today ? "is-today" : null },
    h("a", { class: `day level-${level(count.events, most)}`, href: withFilters(`/day/${date}`, of), "data-day": date, "aria-label": words, title: words },
      number, count.unreviewed ? h("span", { class: "day-dot" }) : null));
}

/** Bent, so that one busy day does not make all others white. @param {number} events @param {number} most */
function level(events, most) {
  return Math.min(LEVELS, Math.max(1, Math.ceil(LEVELS * Math.pow(events / most, BEND))));
}

/** @param {HTMLElement} grid @returns {import("../lib/keys.js").Key[]} */
function keys(grid) {
  const walk = (/** @type {number} */ by) => () => {
    const links = /** @type {HTMLAnchorElement[]} */ ([...grid.querySelectorAll("a.day")]);
    const at = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.day : undefined;
    const dates = links.map((link) => link.dataset.day ?? "").sort();
    const wanted = at ? addDays(at, by) : dates.at(-1);
    const next = at === undefined ? wanted : by < 0 ? dates.findLast((one) => one <= (wanted ?? "")) : dates.find((one) => one >= (wanted ?? ""));
    if (!next) return false;
    dayLink(grid, next)?.focus();
    return true;
  };
  return [
    { keys: ["ArrowLeft"], does: "The day with events before", run: walk(-1) },
    { keys: ["ArrowRight"], does: "The next day with events", run: walk(1) },
    { keys: ["ArrowUp"], does: "A week earlier", run: walk(-7) },
    { keys: ["ArrowDown"], does: "A week later", run: walk(7) },
    { keys: ["Enter"], does: "Open the day", run: () => false },
  ];
}

/** @param {HTMLElement} grid @param {string} date @returns {HTMLElement | null} */
function dayLink(grid, date) {
  return grid.querySelector(`[data-day="${CSS.escape(date)}"]`);
}

/** @param {string} month @param {number} by */
function monthsFrom(month, by) {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

/** @param {string} month */
function lastDay(month) {
  return addDays(`${monthsFrom(month, 1)}-01`, -1);
}
