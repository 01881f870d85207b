// What is new since the list was drawn. Near the top it comes in by itself; further down it waits and is counted, so that nothing
// moves under whoever reads. What is shown already is brought up to date wherever somebody is.

import { get, isLeft } from "../../lib/api.js";
import { listen } from "../../lib/changes.js";
import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { day } from "../../lib/time.js";

/** @typedef {import("../../lib/rows.js").EventRow} EventRow */
/** @typedef {{rows: EventRow[], next: string | null}} Leafful */

const PAGE = 50;
/** So near the top somebody looks at what is newest. */
const TOP = 160;
const GATHER = 700;

export class News {
  /** How many events are newer than those at the top. */
  waiting = 0;
  /** When the newest event began that is shown. @type {string | undefined} */
  newest = undefined;
  /** @type {Set<number>} */
  #told = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** What says how much waits. */
  pill = h("button", { class: "button main pill", hidden: true, onclick: () => void this.toTop() });

  /**
   * @param {import("./stream.js").Stream} stream
   * @param {{load: () => Promise<Leafful>, begin: (page: Leafful) => Promise<void>, told: () => void}} list asks for its first page, begins anew
   *   with one, and hears when anything is another than it was
   * @param {AbortSignal} signal
   */
  constructor(stream, list, signal) {
    this.stream = stream;
    this.list = list;
    this.signal = signal;
    listen(["event", "missed"], (told) => this.#hear(told?.number), signal);
    addEventListener("scroll", () => { if (scrollY < TOP && this.waiting) void this.toTop(); }, { signal, passive: true });
  }

  /** Something was told of event `number`; without one, there was a gap. @param {number | undefined} number */
  #hear(number) {
    if (number !== undefined) this.#told.add(number);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const told = [...this.#told];
      this.#told.clear();
      if (this.signal.aborted) return;
      this.list.told();
      this.#refresh(told).catch((error) => { if (!isLeft(error)) console.error(error); });
    }, GATHER);
  }

  /** @param {number[]} told */
  async #refresh(told) {
    if (this.stream.only && this.stream.only < day(Date.now())) {
      await this.#renew(told);
      return;
    }
    const page = await this.list.load();
    const known = new Set([...this.stream.cards.values()].flatMap(({ moment }) => moment.rows.map(({ number }) => number)));
    const fresh = page.rows.filter((row) => !known.has(row.number) && (!this.newest || this.newest < row.start));
    if (fresh.length > 0 && scrollY < TOP) {
      await this.#bring(page);
      return;
    }
    for (const row of page.rows) this.stream.find(row.number)?.update(row);
    this.waiting = Math.max(fresh.length, scrollY < TOP ? 0 : this.waiting);
    put(this.pill, icon("up"), `${fresh.length}${page.next && fresh.length === page.rows.length ? "+" : ""} new`);
    this.pill.hidden = fresh.length === 0;
    await this.#renew(told.filter((number) => !page.rows.some((row) => row.number === number)));
  }

  /** Asks anew for events that are shown. @param {number[]} told */
  async #renew(told) {
    const number = told.filter((one) => this.stream.find(one)).slice(0, PAGE);
    if (number.length === 0) return;
    const { events } = await get("/api/events", { number, limit: PAGE }, this.signal);
    for (const row of events) this.stream.find(row.number)?.update(row);
  }

  /** Shows what is newest. @param {Leafful} page */
  async #bring(page) {
    const { stream } = this;
    const links = () => /** @type {HTMLElement[]} */ ([...stream.element.querySelectorAll(".card-link")]);
    const focused = stream.current?.link === document.activeElement ? stream.current : null;
    const place = focused ? links().indexOf(focused.link) : 0;
    stream.arriving = true;
    this.waiting = 0;
    this.pill.hidden = true;
    await this.list.begin(page);
    stream.arriving = false;
    if (!focused) return;
    // Where its card is gone, as what was reviewed is from a list of what was not, the next one has its place.
    const now = links();
    (focused.element.isConnected ? focused.link : now[Math.min(place, now.length - 1)])?.focus({ preventScroll: true });
  }

  async toTop() {
    const waiting = this.waiting;
    this.waiting = 0;
    scrollTo(0, 0);
    if (waiting) await this.#bring(await this.list.load());
  }
}
