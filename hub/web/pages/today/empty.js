// What there is to say where there is nothing to show, and what to do about it.

import { get } from "../../lib/api.js";
import { howToBegin } from "../../lib/begin.js";
import { h } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { dateName, day as dayOf } from "../../lib/time.js";

/** @param {URLSearchParams} filters @param {string | null} day @param {AbortSignal} signal */
export async function nothing(filters, day, signal) {
  if (filters.get("reviewed") === "false" && filters.size === 1) {
    return empty("check", "All reviewed", "There is nothing here that you have not looked at.", way(location.pathname, "Show all events"));
  }
  if (filters.size > 0) {
    return empty("filter", "Nothing like that", "No event is as the filters want it.", way(location.pathname, "Without filters"));
  }
  /** @type {{first_seen: string}[]} */
  const nodes = await get("/api/nodes", {}, signal);
  if (nodes.length === 0) return h("div", { class: "empty" }, await howToBegin("Waiting for the first node"));
  if (day) {
    const early = nodes.every(({ first_seen }) => day < dayOf(first_seen));
    return empty("calendar", early ? "Nothing yet" : "A quiet day",
      early ? `Nothing was heard on ${dateName(day)}: the first node came later.` : `Nothing happened on ${dateName(day)}.`, way("/calendar", "To the calendar"));
  }
  const heard = nodes.length === 1 ? "One node has reported" : `${nodes.length} nodes have reported`;
  return empty("today", "Nothing has happened yet", `${heard}. What they see shows up here by itself.`, way("/nodes", "See how they are"));
}

/**
 * @param {import("../../lib/icons.js").IconName} sign
 * @param {string} title
 * @param {string} text
 * @param {...import("../../lib/dom.js").Child} more
 */
function empty(sign, title, text, ...more) {
  return h("div", { class: "empty" }, icon(sign), h("h2", null, title), h("p", null, text), more);
}

/** @param {string} href @param {string} text */
function way(href, text) {
  return h("a", { class: "button", href }, text);
}
