// What the list shows: moments as cards under the headings of their days, page by page. What has no picture takes little room,
// and days on which there were only pictures stand in their place. Knows nothing of how rows are asked for.

import { h } from "../../lib/dom.js";
import { sharpener } from "../../lib/sharpen.js";
import { day } from "../../lib/time.js";
import { Card } from "./card.js";
import { dayHead } from "./day.js";
import { pin, review } from "./mark.js";
import { blocks, lead, moments } from "./moments.js";
import { Pictured } from "./pictured.js";

/** @typedef {import("../../lib/rows.js").EventRow} EventRow */
/** @typedef {import("./moments.js").Moment} Moment */

export class Stream {
  /** Cards in the document, and those that were taken out since. @type {Map<number, Card>} */
  cards = new Map();
  /** What is drawn now has just come. */
  arriving = false;
  /** Moments whose events are shown one by one, by their leads. @type {Set<number>} */
  #unfolded = new Set();
  element = h("div", { class: "stream" });

  /** @param {{day: string | null, filters: URLSearchParams, mayReview: boolean}} of @param {AbortSignal} signal */
  constructor({ day: only, filters, mayReview }, signal) {
    this.only = only;
    this.filters = filters;
    this.mayReview = mayReview;
    this.signal = signal;
    this.sharpen = sharpener(signal);
    this.pictured = new Pictured(filters, signal, this.sharpen);
  }

  /** @param {EventRow[]} rows @param {string | undefined} mark the day under which the page before ended @param {boolean} last */
  render(rows, mark, last) {
    this.#forgetFar();
    const all = moments(rows).flatMap((moment) => this.#unfolded.has(lead(moment).number) ? oneByOne(moment) : [moment]);
    const kept = last ? all.length : this.#full(all);
    const element = h("div");
    let under = mark;
    for (const [date, of] of byDay(all.slice(0, kept))) {
      element.append(...this.pictured.between(date, under));
      if (date !== under) element.append(this.#heading(date));
      element.append(...blocks(of).map(({ bare, moments: some }) =>
        h("div", { class: bare ? "cards is-slim" : "cards" }, some.map((moment) => this.#card(moment).element))));
      under = date;
    }
    if (last) element.append(...this.pictured.between("", under));
    if (mark === undefined) this.#begin(element, all[0] ? dayOf(all[0]) : "");
    return { element, rest: all.slice(kept).flatMap((moment) => moment.rows), mark: under };
  }

  /** The top of the list: the page's own heading is that of its first day. @param {HTMLElement} element @param {string} newest */
  #begin(element, newest) {
    const today = day(Date.now());
    if (!this.only && newest < today && this.pictured.days[0] !== today) {
      element.prepend(h("p", { class: "soft none-yet" }, this.filters.size > 0 ? "Nothing like that yet today." : "Nothing yet today."), this.pictured.leads(newest));
    }
    if (element.firstElementChild?.matches(".cards")) element.prepend(h("h2", { class: "out-of-sight" }, "Events"));
  }

  /**
   * How many moments a page shows that is not the last: the last moment may go on in the next one, and a row of cards that is
   * not full is filled there.
   * @param {Moment[]} all
   */
  #full(all) {
    const kept = all.length - 1;
    const [end, following] = [all[kept - 1], all[kept]];
    if (!end || !following) return all.length;
    if (dayOf(end) !== dayOf(following)) return kept;
    const run = blocks(all.slice(0, kept).filter((moment) => dayOf(moment) === dayOf(end))).at(-1)?.moments.length ?? 0;
    return kept - run % this.#columns() || all.length;
  }

  #columns() {
    const probe = h("div", { class: "cards" });
    this.element.append(probe);
    const count = getComputedStyle(probe).gridTemplateColumns.split(" ").length;
    probe.remove();
    return count;
  }

  /** @param {Moment} moment */
  #card(moment) {
    const number = lead(moment).number;
    const old = this.cards.get(number);
    if (old) {
      old.moment = moment;
      old.draw();
      return old;
    }
    const card = new Card(moment, { signal: this.signal, sharpen: this.sharpen, mayReview: this.mayReview,
      review: (one) => void review([one], !one.reviewed), pin: (one) => void pin(one), unfold: (one) => this.unfold(one) });
    if (this.arriving) card.element.classList.add("is-arriving");
    this.cards.set(number, card);
    return card;
  }

  /** Shows the events of a moment one by one. @param {Card} card */
  unfold(card) {
    const number = lead(card.moment).number;
    if (card.moment.rows.length === 1) return;
    this.#unfolded.add(number);
    this.cards.delete(number);
    const each = oneByOne(card.moment).map((moment) => this.#card(moment));
    card.element.replaceWith(...each.map(({ element }) => element));
    each[0]?.link.focus({ preventScroll: true });
  }

  /** Lets go of cards that are not in the document any more. */
  #forgetFar() {
    for (const [number, card] of this.cards) {
      if (!card.element.isConnected) this.cards.delete(number);
    }
  }

  /** That of the page's own day, or of today, is the page's heading. @param {string} date */
  #heading(date) {
    return date === (this.only ?? day(Date.now())) ? "" : dayHead(date, this.filters, this.signal);
  }

  /** The card that has the focus, or else the one under the pointer. */
  get current() {
    const element = document.activeElement?.closest(".card") ?? this.element.querySelector(".card:hover");
    return [...this.cards.values()].find((card) => card.element === element) ?? null;
  }

  /** The card that shows event `number`. @param {number} number */
  find(number) {
    return [...this.cards.values()].find((card) => card.element.isConnected && card.has(number));
  }
}

/** @param {Moment[]} all newest first @returns {[string, Moment[]][]} */
function byDay(all) {
  /** @type {Map<string, Moment[]>} */
  const days = new Map();
  for (const moment of all) days.set(dayOf(moment), [...days.get(dayOf(moment)) ?? [], moment]);
  return [...days];
}

/** @param {Moment} moment @returns {Moment[]} */
function oneByOne({ rows }) {
  return rows.map((row) => ({ rows: [row] }));
}

/** @param {Moment} moment */
function dayOf(moment) {
  return day(moment.rows[0]?.start ?? 0);
}
