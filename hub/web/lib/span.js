// Spans of time for charts: the last hours, day, week, month, year.

import { h } from "./dom.js";

const HOUR = 3_600_000;
export const SPANS = /** @type {const} */ ({
  hours: { name: "6 hours", ms: 6 * HOUR },
  day: { name: "Day", ms: 24 * HOUR },
  week: { name: "Week", ms: 7 * 24 * HOUR },
  month: { name: "Month", ms: 30 * 24 * HOUR },
  year: { name: "Year", ms: 365 * 24 * HOUR },
});

/** @typedef {keyof typeof SPANS} Span */

/** What an address says; a day if it says nothing that there is. @param {string | null} word @returns {Span} */
export function spanOf(word) {
  return /** @type {Span | undefined} */ (Object.keys(SPANS).find((key) => key === word)) ?? "day";
}

/** Links to the same page with other spans. @param {Span} chosen @param {(span: Span) => string} address */
export function spanChooser(chosen, address) {
  const keys = /** @type {Span[]} */ (Object.keys(SPANS));
  return h("nav", { class: "tabs", "aria-label": "Span of time" },
    keys.map((key) => h("a", { href: address(key), "aria-current": key === chosen ? "true" : null }, SPANS[key].name)));
}
