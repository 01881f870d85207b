// The days on which there were pictures and no event, as of senders that tell of none: where they stand in the list of all days,
// and the ways to them from the top of it.

import { get, isLeft } from "../../lib/api.js";
import { h, put } from "../../lib/dom.js";
import { asQuery, withFilters } from "../../lib/filters.js";
import { icon } from "../../lib/icons.js";
import { addDays, day, dayName } from "../../lib/time.js";
import { dayHead } from "./day.js";
import { Loose, mayHave } from "./loose.js";

/** So many stand between two days with events. */
const MOST = 40;
/** So many are led to from the top, where nothing was seen for so many days. */
const [LEADS, LONG] = [6, 7];
/** What is so far below the screen is asked for. */
const NEAR = "600px 0px";

export class Pictured {
  /** The newest first. @type {string[]} */
  days = [];
  /** What waits until it comes near the screen. @type {WeakMap<Element, Loose>} */
  #waiting = new WeakMap();
  #watcher;

  /** @param {URLSearchParams} filters @param {AbortSignal} signal @param {(image: HTMLImageElement, whole: string) => void} sharpen */
  constructor(filters, signal, sharpen) {
    this.filters = filters;
    this.signal = signal;
    this.sharpen = sharpen;
    this.#watcher = new IntersectionObserver((entries) => {
      for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) {
        this.#watcher.unobserve(target);
        this.#waiting.get(target)?.more().catch((error) => { if (!isLeft(error)) console.error(error); });
      }
    }, { rootMargin: NEAR });
    signal.addEventListener("abort", () => this.#watcher.disconnect(), { once: true });
  }

  /** Asks which days they are. */
  async load() {
    if (!mayHave(this.filters)) return;
    /** @type {{days: {day: string, events: number, images: number}[]}} */
    const { days } = await get("/api/days", asQuery(this.filters), this.signal);
    this.days = days.filter(({ events, images }) => events === 0 && images > 0).map((one) => one.day).reverse();
  }

  /** Those between two others, with their pictures. @param {string} after @param {string | undefined} before */
  between(after, before) {
    const dates = this.days.filter((date) => after < date && (before === undefined || date < before));
    const today = day(Date.now());
    const shown = dates.slice(0, MOST).flatMap((date) =>
      [date === today ? "" : dayHead(date, this.filters, this.signal), this.#pictures(date)]);
    if (MOST < dates.length) {
      shown.push(h("p", { class: "end" }, h("a", { class: "button", href: withFilters("/calendar", this.filters) }, `${dates.length - MOST} more days with pictures, in the calendar`)));
    }
    return shown;
  }

  /** @param {string} date */
  #pictures(date) {
    const list = new Loose(date, this.filters, this.signal, this.sharpen);
    put(list.cards, h("div", { class: "bone bone-card" }));
    const section = h("section", null, list.cards, list.button);
    this.#waiting.set(section, list);
    this.#watcher.observe(section);
    return section;
  }

  /** Where nothing has come for long, as after an import: the ways to them, which may be far down. @param {string} newest the newest day with events */
  leads(newest) {
    if (this.days.length === 0 || addDays(day(Date.now()), -LONG) < newest) return "";
    const links = this.days.slice(0, LEADS).map((date) => h("a", { class: "chip", href: withFilters(`/day/${date}`, this.filters) }, icon("image"), dayName(date)));
    if (LEADS < this.days.length) links.push(h("a", { class: "chip", href: withFilters("/calendar", this.filters) }, icon("calendar"), "All days"));
    return h("nav", { class: "chips leads", "aria-label": "Days with pictures" }, links);
  }
}
