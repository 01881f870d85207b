// What people do with an event: mark it reviewed, pin it, delete its frames, take a frame or a link with them. Draws the buttons
// for it, and shows a change at once; what the hub refuses is taken back.

import { go } from "../../app.js";
import { change } from "../../lib/api.js";
import { h, put } from "../../lib/dom.js";
import { may } from "../../lib/hub.js";
import { picture, place } from "../../lib/rows.js";
import { confirm, say, tellFailed } from "../../lib/say.js";
import { copyAddress, download, fullScreen, keepFocus, sign, toggle } from "./buttons.js";

/** @typedef {import("../../lib/rows.js").EventRow} EventRow */

export class Doing {
  element = h("div", { class: "row event-do" });

  /**
   * @param {EventRow} row
   * @param {import("./player.js").Player} player
   * @param {{who: import("../../lib/hub.js").Hub, overlayed: () => void}} about `overlayed` is called when the overlay is another one
   * @param {AbortSignal} signal
   */
  constructor(row, player, { who, overlayed }, signal) {
    this.row = row;
    this.player = player;
    this.overlayed = overlayed;
    this.signal = signal;
    this.mayReview = may(who, "reviewer");
    this.mayDelete = may(who, "admin");
  }

  draw() {
    const { row, player } = this;
    const { overlay } = player;
    const image = player.current?.number;
    const remove = row.pinned ? "Pinned frames are not deleted" : "Delete its frames";
    put(this.element,
      this.mayReview ? toggle("check", row.reviewed ? "Reviewed" : "Mark reviewed", row.reviewed, () => void this.review(), "r") : null,
      this.mayReview ? toggle("pin", row.pinned ? "Pinned" : "Pin", row.pinned, () => void this.pin(), "p") : null,
      h("span", { class: "event-more" }, image ? download(`${picture(image)}?download`) : null,
        sign("link", "Copy a link to what is shown (c)", null, copyAddress),
        this.mayDelete && image ? sign("bin", remove, null, () => void this.remove(), row.pinned) : null));
    put(player.extra,
      overlay.hasBoxes ? sign("boxes", "Boxes: where it changed most (b)", overlay.boxes, () => this.lay("boxes")) : null,
      overlay.hasGrid ? sign("grid", "Cells that changed (g)", overlay.grid, () => this.lay("grid")) : null,
      sign("full", "Full screen (f)", null, () => fullScreen(player.element)));
  }

  /** Draws them anew, with the focus where it was. */
  redraw() {
    keepFocus([this.element, this.player.extra], () => this.draw());
  }

  /** Another frame is shown. @param {number} image */
  follow(image) {
    const link = /** @type {HTMLAnchorElement | null} */ (this.element.querySelector("a[download]"));
    if (link) link.href = `${picture(image)}?download`;
  }

  /** @param {"boxes" | "grid"} which */
  lay(which) {
    this.player.overlay[which] = !this.player.overlay[which];
    this.player.redraw();
    this.redraw();
    this.overlayed();
  }

  async review() {
    const reviewed = !this.row.reviewed;
    await this.#mark({ reviewed }, () => change("PUT", "/api/reviewed", { body: { events: [this.row.number], reviewed } }));
  }

  async pin() {
    const pinned = !this.row.pinned;
    await this.#mark({ pinned }, () => change("PUT", `/api/events/${this.row.number}/pin`, { body: { pinned } }));
  }

  /** @param {Partial<EventRow>} changed @param {() => Promise<unknown>} ask */
  async #mark(changed, ask) {
    const before = this.row;
    this.row = { ...before, ...changed };
    this.redraw();
    try {
      await ask();
    } catch (error) {
      this.row = before;
      this.redraw();
      tellFailed(error);
    }
  }

  async remove() {
    const count = this.row.images - this.row.gone;
    const text = `${count === 1 ? "One frame" : `${count} frames`} of ${place(this.row)} will be gone for good. That the event happened stays in the log, and that you deleted its frames as well.`;
    if (!await confirm({ title: "Delete the frames of this event?", text, yes: count === 1 ? "Delete it" : `Delete ${count} frames`, grave: true }, this.signal)) return;
    try {
      await change("DELETE", `/api/events/${this.row.number}/images`, { query: { confirm: count } });
      say("Its frames were deleted.");
      go(location.pathname, { replace: true });
    } catch (error) {
      tellFailed(error);
    }
  }
}
