// One moment as a card: its best frame, where, when, how long, what; a small picture for each other view that saw it; and
// what can be done with it. Knows how to bring an event up to date that it shows.

import { h, put } from "../../lib/dom.js";
import { film } from "../../lib/film.js";
import { icon } from "../../lib/icons.js";
import { isMachines, isTrouble, lasted, picture, place, thumb, what } from "../../lib/rows.js";
import { clock, duration, full, hubClock, hubFull, seconds } from "../../lib/time.js";
import { lead, others } from "./moments.js";

/** @typedef {import("../../lib/rows.js").EventRow} EventRow */
/** @typedef {import("./moments.js").Moment} Moment */

/**
 * @typedef {object} Doing what a card needs of its page
 * @property {AbortSignal} signal
 * @property {(image: HTMLImageElement, whole: string) => void} sharpen
 * @property {(card: Card) => void} review
 * @property {(card: Card) => void} pin
 * @property {(card: Card) => void} unfold
 * @property {boolean} mayReview
 */

const SMALL = 3;

export class Card {
  /** @param {Moment} moment @param {Doing} doing */
  constructor(moment, doing) {
    this.moment = moment;
    this.doing = doing;
    this.element = h("article", { class: "card", "data-event": lead(moment).number });
    this.draw();
  }

  get link() {
    return /** @type {HTMLAnchorElement} */ (this.element.querySelector(".card-link"));
  }

  /** @param {number} number */
  has(number) {
    return this.moment.rows.some((row) => row.number === number);
  }

  get reviewed() {
    return this.moment.rows.every(({ reviewed }) => reviewed);
  }

  get pinned() {
    return this.moment.rows.every(({ pinned }) => pinned);
  }

  /** Puts what the hub now says of one event in the place of what it said. @param {EventRow} row */
  update(row) {
    const rows = this.moment.rows.map((old) => (old.number === row.number ? row : old));
    const before = this.moment;
    if (JSON.stringify(rows) === JSON.stringify(before.rows)) return;
    this.moment = { rows };
    if (lead(before).best_image === lead(this.moment).best_image) this.mark();
    else this.draw();
  }

  /** Shows whether it is reviewed and pinned; the picture stays as it is. */
  mark() {
    this.element.classList.toggle("is-new", !this.reviewed);
    this.element.querySelector(".card-words")?.replaceWith(this.#words(lead(this.moment)));
    for (const [name, on] of /** @type {[string, boolean][]} */ ([["pin", this.pinned], ["review", this.reviewed]])) {
      this.element.querySelector(`[data-does="${name}"]`)?.setAttribute("aria-pressed", String(on));
    }
  }

  /** Draws it anew. */
  draw() {
    const row = lead(this.moment);
    const focused = this.element.contains(document.activeElement);
    this.element.classList.toggle("is-new", !this.reviewed);
    this.element.classList.toggle("is-trouble", this.moment.rows.some(isTrouble));
    const frame = this.#frame(row);
    const link = h("a", { class: "card-link", href: `/event/${row.number}` }, frame, this.#words(row));
    put(this.element, link, this.#small(), this.#buttons());
    if (row.best_image) film(frame, link, () => row.number, this.doing.signal);
    if (focused) this.link.focus({ preventScroll: true });
  }

  /** @param {EventRow} row */
  #frame(row) {
    if (!row.best_image) {
      const sign = this.element.classList.contains("is-trouble") ? "alert" : isMachines(row) ? "nodes" : row.images ? "bin" : "dot";
      return h("div", { class: "card-frame is-bare" }, icon(sign));
    }
    const image = h("img", { src: thumb(row.best_image), alt: "", loading: "lazy", decoding: "async", draggable: "false" });
    this.doing.sharpen(image, picture(row.best_image));
    // A picture may belong to several events: their counts make no sum.
    const count = this.moment.rows.length === 1 ? row.images : 0;
    return h("div", { class: "card-frame" }, image, count > 1 ? h("span", { class: "card-count" }, icon("image"), String(count)) : null);
  }

  /** @param {EventRow} row */
  #words(row) {
    const places = [...new Set(this.moment.rows.map(place))];
    const whats = [...new Set(this.moment.rows.map(what))];
    const first = this.#first;
    const there = hubClock(first.start);
    return h("div", { class: "card-words" },
      h("h3", null, this.reviewed ? null : h("span", { class: "card-dot" }, h("span", { class: "out-of-sight" }, "Not reviewed: ")),
        h("span", { class: "card-place" }, places.slice(0, 3).join(", ") + (places.length > 3 ? ` and ${places.length - 3} more` : ""))),
      h("p", { class: "card-when" }, h("span", { class: "card-what" }, whats.slice(0, 3).join(", ")),
        h("time", { datetime: first.start, title: there ? hubFull(first.start) : full(first.start) }, clock(first.start)), this.#lasted(),
        there ? h("span", { title: hubFull(first.start) }, `${there} at the hub`) : null,
        row.images && !row.best_image ? h("span", null, "Its images were deleted") : null,
        first.doubtful ? h("span", { title: "The node's clock was not set" }, "time not sure") : null));
  }

  /** With what it began. */
  get #first() {
    return this.moment.rows.reduce((first, row) => (Date.parse(row.start) < Date.parse(first.start) ? row : first));
  }

  /** From the first to the last of it. */
  #lasted() {
    const { rows } = this.moment;
    if (rows.some(({ end }) => end === null)) return h("span", { class: "card-now" }, "goes on");
    const ms = Math.max(...rows.map((row) => Date.parse(row.start) + (lasted(row) ?? 0))) - Date.parse(this.#first.start);
    return ms >= 500 ? h("span", null, duration(ms)) : null;
  }

  #small() {
    const count = this.moment.rows.length;
    if (count === 1) return null;
    const shown = others(this.moment).slice(0, SMALL).map((row) => h("a", { href: `/event/${row.number}`, title: `${place(row)}, ${clock(row.start)}` },
      h("img", { src: thumb(row.best_image ?? 0), alt: `At the same time: ${place(row)}`, loading: "lazy", decoding: "async" })));
    const all = h("button", { class: "card-all", title: "Show them one by one (x)", onclick: () => this.doing.unfold(this) }, `${count} events`);
    return h("div", { class: "card-small" }, shown, all);
  }

  #buttons() {
    if (!this.doing.mayReview) return null;
    const where = `${place(lead(this.moment))}, ${seconds(lead(this.moment).start)}`;
    return h("div", { class: "card-do" },
      h("button", { class: "icon-button", "data-does": "pin", "aria-pressed": String(this.pinned), "aria-label": `Pin ${where}`, title: "Pin: keep it whatever the rules say (p)",
        onclick: () => this.doing.pin(this) }, icon("pin")),
      h("button", { class: "icon-button", "data-does": "review", "aria-pressed": String(this.reviewed), "aria-label": `Reviewed ${where}`, title: "Reviewed (r)",
        onclick: () => this.doing.review(this) }, icon("check")));
  }
}
