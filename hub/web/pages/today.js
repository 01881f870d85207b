// What happened, newest first: the list of all days, or one day. This file owns the head of the page, its address and its keys;
// what the list shows is `today/stream.js`, and what comes in while somebody looks `today/news.js`.

import { go } from "../app.js";
import { get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { Endless } from "../lib/endless.js";
import { asQuery, filterBar, filters, withFilters } from "../lib/filters.js";
import { hub, may } from "../lib/hub.js";
import { icon } from "../lib/icons.js";
import { onKeys } from "../lib/keys.js";
import { say, words } from "../lib/say.js";
import { addDays, day, dayName, isDay } from "../lib/time.js";
import { dayNote, renewNotes } from "./today/day.js";
import { nothing } from "./today/empty.js";
import { loose } from "./today/loose.js";
import { marks, pin, review } from "./today/mark.js";
import { moments } from "./today/moments.js";
import { News } from "./today/news.js";
import { Stream } from "./today/stream.js";
import { beside } from "./today/walk.js";

/** @typedef {import("./today/news.js").Leafful} Leafful */
/** @typedef {import("./today/walk.js").Way} Way */
/** @typedef {import("./today/card.js").Card} Card */

const PAGE = 50;
/** A page of the list has so many cards, where there are so many; but it is not made of more events than that. */
const [ENOUGH, MOST] = [12, 400];
const WAYS = /** @type {Record<string, Way>} */ ({ ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" });

/** Where somebody was who left, and the event of the card that had the focus. @type {{address: string, places: any[], event: number | undefined} | null} */
let left = null;

/** @param {HTMLElement} root @param {import("../app.js").Address} address @param {AbortSignal} signal */
export async function show(root, address, signal) {
  if (address.part && !isDay(address.part)) throw new Error("There is no such day.");
  await new Today(root, address, signal, may(await hub(), "reviewer")).begin(address.back);
}

class Today {
  /** The event whose card is to have the focus, of somebody who comes back. @type {number | undefined} */
  #returning = undefined;

  /** @param {HTMLElement} root @param {import("../app.js").Address} address @param {AbortSignal} signal @param {boolean} mayReview */
  constructor(root, address, signal, mayReview) {
    this.root = root;
    this.signal = signal;
    this.day = address.part;
    this.path = address.path;
    this.filters = filters(address.query);
    this.mayReview = mayReview;
    this.stream = new Stream({ day: this.day, filters: this.filters, mayReview }, signal);
    this.endless = new Endless(this.stream.element, {
      load: (cursor) => this.load(cursor),
      render: (rows, mark, last) => {
        if (mark === undefined) this.news.newest = rows[0]?.start;
        if (this.#returning !== undefined) requestAnimationFrame(() => this.#focusAgain());
        return this.stream.render(rows, mark, last);
      },
      end: () => h("p", { class: "end soft small" }, "That is all there is."),
      failed: (error) => say(words(error)),
    }, signal);
    const count = () => renewNotes(root, this.filters, signal);
    this.news = new News(this.stream, { load: () => this.load(null), begin: (page) => this.endless.begin(page), told: count }, signal);
    marks.addEventListener("reviewed", count, { signal });
  }

  /** @param {boolean} back */
  async begin(back) {
    const list = this.stream.element;
    put(this.root, this.head(), this.news.pill, list);
    onKeys(this.keys(), this.signal);
    this.signal.addEventListener("abort", () => this.leave(), { once: true });
    const returns = back && left?.address === withFilters(this.path, this.filters) ? left : null;
    const resumes = returns?.places;
    this.#returning = returns?.event;
    if (!resumes) put(list, h("div", { class: "cards" }, Array.from({ length: 8 }, () => h("div", { class: "bone bone-card" }))));
    const { pictured, sharpen } = this.stream;
    const [page, pictures] = await Promise.all([resumes ? null : this.load(null),
      this.day && loose(this.day, this.filters, this.signal, sharpen), this.day ? null : pictured.load()]);
    if (resumes) this.endless.resume(resumes);
    else if (page && (page.rows.length > 0 || pictured.days.length > 0)) await this.endless.begin(page);
    else put(list, pictures ? null : await nothing(this.filters, this.day, this.signal));
    if (pictures) this.root.append(pictures);
  }

  leave() {
    const event = this.stream.current?.moment.rows[0]?.number;
    left = { address: withFilters(this.path, this.filters), places: this.endless.places(), event };
    this.stream.cards.clear();
  }

  /** Whoever comes back goes on from the card that they had opened, unless they have gone somewhere else meanwhile. */
  #focusAgain() {
    const card = this.#returning === undefined ? undefined : this.stream.find(this.#returning);
    if (!card) return;
    this.#returning = undefined;
    if (document.activeElement?.matches("body, #main")) card.link.focus({ preventScroll: true });
  }

  head() {
    const today = day(Date.now());
    const days = this.day ? [
      h("a", { class: "icon-button", href: withFilters(`/day/${addDays(this.day, -1)}`, this.filters), "aria-label": "The day before", title: "The day before" }, icon("left")),
      this.day < today ? h("a", { class: "icon-button", href: withFilters(`/day/${addDays(this.day, 1)}`, this.filters), "aria-label": "The day after", title: "The day after" }, icon("right")) : null,
    ] : null;
    const bar = filterBar(this.filters, (of) => go(withFilters(this.path, of)), this.signal);
    return h("div", { class: "head today-head" },
      h("div", { class: "today-title" }, h("h1", null, this.day ? dayName(this.day) : "Today"), dayNote(this.day ?? today, this.filters, this.signal)),
      days, bar);
  }

  /** @param {string | null} cursor @returns {Promise<Leafful>} */
  async load(cursor) {
    const bounds = this.day ? { since: this.day, until: this.day } : {};
    /** @type {import("../lib/rows.js").EventRow[]} */
    const rows = [];
    // One question looks at a bounded number of events: there may be none in an answer, and more behind it. And where much
    // happens at once, many events are one card.
    for (let from = cursor; ;) {
      const { events, next } = await get("/api/events", { ...asQuery(this.filters), ...bounds, limit: rows.length > 0 ? 3 * PAGE : PAGE, cursor: from }, this.signal);
      rows.push(...events);
      if (next === null || ENOUGH <= moments(rows).length || MOST <= rows.length) return { rows, next };
      from = next;
    }
  }

  /** @returns {import("../lib/keys.js").Key[]} */
  keys() {
    const { stream } = this;
    const walk = (/** @type {KeyboardEvent} */ { key }) => {
      const from = document.activeElement?.closest(".card") ?? stream.current?.element ?? null;
      const next = beside(this.root, from, WAYS[key] ?? "right");
      if (!next) return false;
      /** @type {HTMLElement | null} */ (next.querySelector(".card-link"))?.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
      return true;
    };
    const onCard = (/** @type {(card: Card) => void} */ run, allowed = this.mayReview) => () => {
      const card = allowed && stream.current;
      if (card) run(card);
      return Boolean(card);
    };
    return [
      { keys: Object.keys(WAYS), does: "From card to card", run: walk },
      { keys: ["Enter"], does: "Open the event", run: onCard((card) => card.link.click(), true) },
      { keys: ["r"], does: "Reviewed, or not after all", run: onCard((card) => void review([card], !card.reviewed)) },
      { keys: ["p"], does: "Pin: keep it whatever the rules say", run: onCard((card) => void pin(card)) },
      { keys: ["x"], does: "The events of a card one by one", run: onCard((card) => stream.unfold(card), true) },
      { keys: ["u"], does: "Only what is not reviewed, or all", run: () => this.toggle() },
      { keys: ["t"], does: "To the newest", run: () => void this.news.toTop() },
    ];
  }

  toggle() {
    const of = new URLSearchParams(this.filters);
    if (of.has("reviewed")) of.delete("reviewed");
    else of.set("reviewed", "false");
    go(withFilters(this.path, of));
  }
}
