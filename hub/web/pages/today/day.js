// The heading of a day: how much there was on it and how much of it nobody has looked at yet, and the way to have looked at all
// of it.

import { change, get, isLeft } from "../../lib/api.js";
import { h, put } from "../../lib/dom.js";
import { asQuery, withFilters } from "../../lib/filters.js";
import { hub, may } from "../../lib/hub.js";
import { counted } from "../../lib/measure.js";
import { confirm, say, words } from "../../lib/say.js";
import { dayName } from "../../lib/time.js";
import { go } from "../../app.js";

/** What the hub counts by. */
const COUNTED = ["node", "view"];
const MOST = 500;

/** Its name, which leads to it, and the note. @param {string} date @param {URLSearchParams} filters @param {AbortSignal} signal */
export function dayHead(date, filters, signal) {
  return h("div", { class: "day-head" },
    h("h2", null, h("a", { href: withFilters(`/day/${date}`, filters) }, dayName(date))), dayNote(date, filters, signal));
}

/** @param {string} date @param {URLSearchParams} filters @param {AbortSignal} signal */
export function dayNote(date, filters, signal) {
  const note = h("p", { class: "day-note soft small", "data-day": date });
  fill(note, date, filters, signal).catch((error) => { if (!isLeft(error)) console.error(error); });
  return note;
}

/** Counts anew what the headings say that are shown. @param {HTMLElement} root @param {URLSearchParams} filters @param {AbortSignal} signal */
export function renewNotes(root, filters, signal) {
  for (const note of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".day-note"))) {
    // Whoever is about to press the button keeps it.
    if (note.contains(document.activeElement)) continue;
    fill(note, note.dataset.day ?? "", filters, signal).catch((error) => { if (!isLeft(error)) console.error(error); });
  }
}

/** @param {HTMLElement} note @param {string} date @param {URLSearchParams} filters @param {AbortSignal} signal */
async function fill(note, date, filters, signal) {
  if ([...filters.keys()].some((key) => key !== "reviewed" && !COUNTED.includes(key))) return;
  const asked = Object.fromEntries(COUNTED.map((key) => [key, filters.getAll(key)]));
  const [{ days }, who] = await Promise.all([get("/api/days", { ...asked, from: date, to: date }, signal), hub()]);
  const [count] = days;
  if (!count?.events) {
    if (count?.images) put(note, h("span", null, counted(count.images, "picture")));
    return;
  }
  const all = h("button", { class: "link", onclick: () => void reviewAll(date, filters, signal) }, "Mark all reviewed");
  put(note, h("span", null, counted(count.events, "event")),
    count.unreviewed ? h("span", { class: "day-new" }, counted(count.unreviewed, "not reviewed", "not reviewed")) : h("span", null, "all reviewed"),
    count.unreviewed && may(who, "reviewer") ? all : null);
}

/** As it stands within a sentence. @param {string} date */
function inWords(date) {
  return dayName(date).replace(/^(Today|Yesterday)$/, (word) => word.toLowerCase());
}

/** @param {string} date @param {URLSearchParams} filters @param {AbortSignal} signal */
async function reviewAll(date, filters, signal) {
  try {
    /** @type {number[]} */
    const events = [];
    for (let cursor = null, more = true; more;) {
      const asked = { ...asQuery(filters), reviewed: "false", since: date, until: date, limit: MOST, cursor };
      const page = await get("/api/events", asked, signal);
      events.push(...page.events.map((/** @type {{number: number}} */ { number }) => number));
      cursor = page.next;
      more = cursor !== null;
    }
    const question = { title: "Mark all reviewed?", text: `${counted(events.length, "event")} of ${inWords(date)} will count as looked at.`, yes: "Mark all" };
    if (!await confirm(question, signal)) return;
    for (let at = 0; at < events.length; at += MOST) {
      await change("PUT", "/api/reviewed", { body: { events: events.slice(at, at + MOST), reviewed: true } });
    }
    go(location.pathname + location.search, { replace: true });
  } catch (error) {
    if (!isLeft(error)) say(words(error));
  }
}
