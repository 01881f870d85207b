// One event: its frames with a slider and playback, what the detector saw, why, what other views saw then, and what can be done
// with it. Which frame is shown, and with which overlay, stands in the address.

import { back, cameFromHere, go } from "../app.js";
import { get, isLeft } from "../lib/api.js";
import { listen } from "../lib/changes.js";
import { h, put } from "../lib/dom.js";
import { hub } from "../lib/hub.js";
import { icon } from "../lib/icons.js";
import { onKeys } from "../lib/keys.js";
import { isTrouble, place, what } from "../lib/rows.js";
import { day, dayName, seconds } from "../lib/time.js";
import { about, neighbours } from "./event/about.js";
import { Doing } from "./event/doing.js";
import { playerKeys } from "./event/keys.js";
import { Overlay } from "./event/overlay.js";
import { Player } from "./event/player.js";

/** @typedef {import("../lib/rows.js").EventRow} EventRow */
/** @typedef {import("../lib/rows.js").ImageRow} ImageRow */

const PAGE = 500;
const MOST = 20_000;
const GATHER = 1_000;
/** The address follows so long after the frame. */
const NOTED = 250;

/** @param {HTMLElement} root @param {import("../app.js").Address} address @param {AbortSignal} signal */
export async function show(root, address, signal) {
  const [row, who] = await Promise.all([get(`/api/events/${Number(address.part)}`, {}, signal), hub()]);
  await new EventPage(root, row, address.query, signal, who).begin();
}

class EventPage {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noting = undefined;

  /** @param {HTMLElement} root @param {EventRow & {neighbours: any[]}} row @param {URLSearchParams} query @param {AbortSignal} signal @param {import("../lib/hub.js").Hub} who */
  constructor(root, row, query, signal, who) {
    this.root = root;
    this.neighbours = row.neighbours;
    this.query = query;
    this.signal = signal;
    const overlay = new Overlay(row);
    const shown = (query.get("show") ?? "").split(",");
    overlay.boxes = shown.includes("boxes");
    overlay.grid = shown.includes("grid");
    const name = `${place(row)}, ${what(row)}`;
    this.player = new Player(overlay, { best: row.best_image, name, settled: () => this.note() }, signal);
    this.doing = new Doing(row, this.player, { who, overlayed: () => this.note() }, signal);
    this.side = h("div", { class: "event-side" });
  }

  /** The event, as it is now. */
  get row() {
    return this.doing.row;
  }

  async begin() {
    const { row } = this;
    document.title = `${place(row)}, ${what(row)} · Picket`;
    const there = row.images > row.gone;
    put(this.root, h("div", { class: "event" }, this.head(),
      h("div", { class: "event-main" }, there ? this.player.element : this.bare()), this.side), neighbours(this.neighbours));
    this.draw();
    onKeys([...playerKeys(this.player, this.doing.element), ...this.keys()], this.signal);
    this.listen();
    if (there) await this.load();
  }

  /** The address of its day. */
  get above() {
    const date = day(this.row.start);
    return date === day(Date.now()) ? "/" : `/day/${date}`;
  }

  head() {
    const leave = (/** @type {Event} */ event) => { event.preventDefault(); back(this.above); };
    return h("div", { class: "event-head" },
      h("a", { class: "event-back soft small", href: this.above, onclick: leave }, icon("left"), cameFromHere() ? "Back" : dayName(day(this.row.start))),
      h("h1", null, place(this.row)),
      h("p", { class: "soft" }, `${what(this.row)}, ${seconds(this.row.start)}`));
  }

  bare() {
    const deleted = this.row.images > 0;
    return h("div", { class: "stage is-bare" }, icon(isTrouble(this.row) ? "alert" : deleted ? "bin" : "log"),
      h("p", null, deleted ? "The frames of this event were deleted; that it happened is kept." : "This event has no frames."));
  }

  draw() {
    this.doing.draw();
    put(this.side, this.doing.element, about(this.row));
  }

  async load() {
    /** @type {ImageRow[]} */
    const images = [];
    const wanted = Number(this.query.get("image")) || this.row.best_image;
    for (let cursor = null, more = true; more && images.length < MOST;) {
      const page = await get(`/api/events/${this.row.number}/images`, { limit: PAGE, cursor }, this.signal);
      images.push(...page.images);
      cursor = page.next;
      more = cursor !== null;
      if (images.length > 0) this.player.set([...images], wanted);
    }
    this.doing.draw();
  }

  /** Writes what is shown into the address. */
  note() {
    const query = new URLSearchParams();
    const { overlay, current } = this.player;
    if (current && current.number !== this.row.best_image) query.set("image", String(current.number));
    const shown = [overlay.boxes && "boxes", overlay.grid && "grid"].filter(Boolean).join(",");
    if (shown) query.set("show", shown);
    const to = `/event/${this.row.number}${query.size ? `?${query}` : ""}`;
    clearTimeout(this.#noting);
    if (to !== location.pathname + location.search) {
      this.#noting = setTimeout(() => { if (!this.signal.aborted) go(to, { replace: true, quiet: true }); }, NOTED);
    }
    if (current) this.doing.follow(current.number);
  }

  /** @returns {import("../lib/keys.js").Key[]} */
  keys() {
    const { doing } = this;
    return [
      { keys: ["b"], does: "Boxes", run: () => doing.lay("boxes") },
      { keys: ["g"], does: "Cells that changed", run: () => doing.lay("grid") },
      { keys: ["r"], does: "Reviewed, or not after all", run: () => (doing.mayReview ? void doing.review() : false) },
      { keys: ["p"], does: "Pin: keep it whatever the rules say", run: () => (doing.mayReview ? void doing.pin() : false) },
      { keys: ["Escape"], does: "Back", run: () => back(this.above) },
    ];
  }

  listen() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    listen(["event", "image", "missed"], (told, kind) => {
      const own = kind === "missed" || (kind === "event" ? told?.number === this.row.number : told?.event && told.event === this.row.event);
      if (!own) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!this.signal.aborted) this.refresh().catch((error) => { if (!isLeft(error)) console.error(error); });
      }, GATHER);
    }, this.signal);
  }

  async refresh() {
    const before = this.row;
    this.doing.row = await get(`/api/events/${before.number}`, {}, this.signal);
    const count = (/** @type {EventRow} */ row) => row.images - row.gone;
    this.draw();
    if (count(before) === count(this.row)) return;
    if (count(before) > 0 && count(this.row) > 0) await this.load();
    else go(location.pathname, { replace: true });
  }
}
