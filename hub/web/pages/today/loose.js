// The pictures of a day that belong to no event: those of senders that tell of no events, such as an imported imagehub's.
// What one view took in one go is one card.

import { get, isLeft } from "../../lib/api.js";
import { h } from "../../lib/dom.js";
import { asQuery } from "../../lib/filters.js";
import { icon } from "../../lib/icons.js";
import { picture, place, thumb } from "../../lib/rows.js";
import { clock, duration, full, hubClock } from "../../lib/time.js";
import { goes, isLoose } from "./goes.js";

/** @typedef {import("../../lib/rows.js").ImageRow} ImageRow */
/** @typedef {(image: HTMLImageElement, whole: string) => void} Sharpen */

const PAGE = 500;

/** Whether there are such pictures where this is asked for: they have no kind of happening, no label, and nobody reviews them. @param {URLSearchParams} filters */
export function mayHave(filters) {
  return [...filters.keys()].every((key) => key === "node" || key === "view");
}

/**
 * The section below a day's events, or null where there is nothing in it.
 * @param {string} day @param {URLSearchParams} filters @param {AbortSignal} signal @param {Sharpen} sharpen
 */
export async function loose(day, filters, signal, sharpen) {
  if (!mayHave(filters)) return null;
  const list = new Loose(day, filters, signal, sharpen);
  const goesOn = await list.more();
  if (!list.cards.firstChild && !goesOn) return null;
  return h("section", { class: "loose", "aria-labelledby": "loose" },
    h("div", { class: "day-head" }, h("h2", { id: "loose" }, "Pictures without an event")), list.cards, list.button);
}

/** The cards of a day's pictures, a page at a time. */
export class Loose {
  cards = h("div", { class: "cards" });
  button = h("button", { class: "button more", hidden: true, onclick: () => { this.more().catch((error) => { if (!isLeft(error)) console.error(error); }); } }, "More pictures");
  /** @type {string | null} */
  #next = null;

  /** @param {string} day @param {URLSearchParams} filters @param {AbortSignal} signal @param {Sharpen} sharpen */
  constructor(day, filters, signal, sharpen) {
    this.asked = { ...asQuery(filters), since: day, until: day, limit: PAGE };
    this.signal = signal;
    this.sharpen = sharpen;
  }

  /** Shows the next page; resolves to whether there are more. */
  async more() {
    const page = await get("/api/images", { ...this.asked, cursor: this.#next }, this.signal);
    this.cards.querySelector(".bone")?.remove();
    this.cards.append(...goes(page.images.filter(isLoose)).map((go) => card(go, this.sharpen)));
    this.#next = page.next;
    this.button.hidden = page.next === null;
    return page.next !== null;
  }
}

/** @param {ImageRow[]} go the oldest picture first @param {Sharpen} sharpen */
function card(go, sharpen) {
  const [first, middle, last] = [go[0], go[Math.floor(go.length / 2)], go[go.length - 1]];
  if (!first || !middle || !last) return h("span");
  const image = h("img", { src: thumb(middle.number), alt: "", loading: "lazy", decoding: "async" });
  sharpen(image, picture(middle.number));
  const ms = Date.parse(last.at) - Date.parse(first.at);
  const there = hubClock(first.at);
  return h("article", { class: "card is-loose" }, h("a", { class: "card-link", href: `/image/${middle.number}` },
    h("div", { class: "card-frame" }, image, go.length > 1 ? h("span", { class: "card-count" }, icon("image"), String(go.length)) : null),
    h("div", { class: "card-words" }, h("h3", null, h("span", { class: "card-place" }, place(first))),
      h("p", { class: "card-when" }, h("time", { datetime: first.at, title: full(first.at) }, clock(first.at)),
        ms >= 500 ? h("span", null, duration(ms)) : null, there ? h("span", null, `${there} at the hub`) : null))));
}
