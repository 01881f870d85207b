// A picture that belongs to no event, with what its view took in the same go: the same player as an event's, what is known of
// it, and what can be done with it. Which picture is shown stands in the address.

import { back, cameFromHere, go } from "../app.js";
import { change, get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { withFilters } from "../lib/filters.js";
import { hub, may } from "../lib/hub.js";
import { icon } from "../lib/icons.js";
import { onKeys } from "../lib/keys.js";
import { bytes, counted } from "../lib/measure.js";
import { picture, place } from "../lib/rows.js";
import { confirm, say, tellFailed } from "../lib/say.js";
import { day, dayName, differs, full, hubFull, seconds } from "../lib/time.js";
import { copyAddress, download, fullScreen, keepFocus, sign, toggle } from "./event/buttons.js";
import { playerKeys } from "./event/keys.js";
import { Overlay } from "./event/overlay.js";
import { Player } from "./event/player.js";
import { goes, isLoose } from "./today/goes.js";

/** @typedef {import("../lib/rows.js").ImageRow} ImageRow */

/** What belongs to the same go is no further away. */
const AROUND = 10 * 60_000;
const MOST = 500;

/** @param {HTMLElement} root @param {import("../app.js").Address} address @param {AbortSignal} signal */
export async function show(root, address, signal) {
  /** @type {[ImageRow, import("../lib/hub.js").Hub]} */
  const [image, who] = await Promise.all([get(`/api/images/${Number(address.part)}`, {}, signal), hub()]);
  new ImagePage(root, await goOf(image, signal), image, signal, who).begin();
}

/** What was taken with it, the oldest first. @param {ImageRow} image @param {AbortSignal} signal @returns {Promise<ImageRow[]>} */
async function goOf(image, signal) {
  const time = Date.parse(image.at);
  const [since, until] = [time - AROUND, time + AROUND].map((at) => new Date(at).toISOString());
  const { images } = await get("/api/images", { node: image.node, view: image.view, since, until, limit: MOST }, signal);
  const same = images.filter((/** @type {ImageRow} */ one) => one.view === image.view && isLoose(one) === isLoose(image));
  return goes(same).find((some) => some.some(({ number }) => number === image.number)) ?? [image];
}

class ImagePage {
  /** @param {HTMLElement} root @param {ImageRow[]} images @param {ImageRow} image @param {AbortSignal} signal @param {import("../lib/hub.js").Hub} who */
  constructor(root, images, image, signal, who) {
    this.root = root;
    this.images = images;
    this.image = image;
    this.signal = signal;
    this.mayReview = may(who, "reviewer");
    this.mayDelete = may(who, "admin");
    this.name = place(image);
    this.player = new Player(new Overlay({ boxes: null, grid: null }), { best: null, name: this.name, settled: (one) => this.settle(one) }, signal);
    this.doing = h("div", { class: "row event-do" });
    this.about = h("dl", { class: "about" });
  }

  begin() {
    document.title = `${this.name} · Picket`;
    const leave = (/** @type {Event} */ event) => { event.preventDefault(); back(this.above); };
    put(this.root, h("div", { class: "event" },
      h("div", { class: "event-head" },
        h("a", { class: "event-back soft small", href: this.above, onclick: leave }, icon("left"), cameFromHere() ? "Back" : dayName(day(this.image.at))),
        h("h1", null, this.name), h("p", { class: "soft" }, `${counted(this.images.length, "picture")}, ${seconds(this.images[0]?.at ?? this.image.at)}`)),
      h("div", { class: "event-main" }, this.player.element), h("div", { class: "event-side" }, this.doing, this.about)));
    put(this.player.extra, sign("full", "Full screen (f)", null, () => fullScreen(this.player.element)));
    this.player.set(this.images, this.image.number);
    onKeys([...playerKeys(this.player, this.doing),
      { keys: ["p"], does: "Pin: keep it whatever the rules say", run: () => (this.mayReview ? void this.pin() : false) },
      { keys: ["Escape"], does: "Back", run: () => back(this.above) }], this.signal);
  }

  /** The address of its day. */
  get above() {
    return `/day/${day(this.image.at)}`;
  }

  /** Another picture is shown. @param {ImageRow} image */
  settle(image) {
    this.image = image;
    const to = `/image/${image.number}`;
    if (location.pathname !== to && !this.signal.aborted) go(to, { replace: true, quiet: true });
    this.draw();
  }

  draw() {
    const { image } = this;
    keepFocus([this.doing], () => put(this.doing, this.mayReview ? toggle("pin", image.pinned ? "Pinned" : "Pin", image.pinned, () => void this.pin(), "p") : null,
      h("span", { class: "event-more" }, download(`${picture(image.number)}?download`),
        sign("link", "Copy a link to what is shown (c)", null, copyAddress),
        this.mayDelete ? sign("bin", image.pinned ? "A pinned picture is not deleted" : "Delete this picture", null, () => void this.remove(), image.pinned) : null)));
    const where = new URLSearchParams({ node: image.node, ...(image.view ? { view: image.view } : {}) });
    const size = image.width && image.height ? `${image.width} × ${image.height}, ${bytes(image.size)}` : bytes(image.size);
    put(this.about,
      h("dt", null, "When"), h("dd", null, h("time", { datetime: image.at }, full(image.at)), differs(image.at) ? h("span", { class: "soft" }, `${hubFull(image.at)}, at the hub`) : null,
        image.doubtful ? h("span", { class: "warn" }, "The node's clock was not set: this may be wrong") : null),
      h("dt", null, "Where"), h("dd", null, h("a", { href: withFilters("/", where) }, image.view ? `${image.node}, ${image.view}` : image.node)),
      h("dt", null, "Event"), h("dd", null, isLoose(image) ? "None" : "It belongs to one"),
      h("dt", null, "Size"), h("dd", null, size));
  }

  async pin() {
    const { image } = this;
    const pinned = !image.pinned;
    const mark = (/** @type {boolean} */ to) => { image.pinned = to; this.draw(); };
    mark(pinned);
    try {
      await change("PUT", `/api/images/${image.number}/pin`, { body: { pinned } });
    } catch (error) {
      mark(!pinned);
      tellFailed(error);
    }
  }

  async remove() {
    const { image } = this;
    const text = `It was taken by ${this.name}, ${full(image.at)}, and will be gone for good. That you deleted it is written down.`;
    if (!await confirm({ title: "Delete this picture?", text, yes: "Delete it", grave: true }, this.signal)) return;
    try {
      await change("DELETE", `/api/images/${image.number}`);
    } catch (error) {
      tellFailed(error);
      return;
    }
    say("It was deleted.");
    const others = this.images.filter(({ number }) => number !== image.number);
    const other = others[Math.min(this.images.indexOf(image), others.length - 1)];
    go(other ? `/image/${other.number}` : this.above, { replace: true });
  }
}
