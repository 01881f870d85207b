// The frames of one event: a big one, a slider, a strip of small ones, playback. A frame shows as its thumbnail until the whole
// picture is there; the pictures around the one that is shown are fetched ahead, and those behind are let go.

import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { picture, thumb } from "../../lib/rows.js";
import { seconds } from "../../lib/time.js";

/** @typedef {import("../../lib/rows.js").ImageRow} ImageRow */

const [AHEAD, BEHIND] = [10, 3];
const STRIP = 36;
/** A finger that moves less means the place where it is. */
const STROKE = 12;
/** Frames follow each other as they did, but neither faster nor slower than this, in ms. */
const [QUICK, SLOW] = [50, 600];
const SPEEDS = [1, 2, 4, 0.5];
const PATIENCE = 1_500;

export class Player {
  index = 0;
  playing = false;
  speed = 1;
  /** @type {ImageRow[]} */
  images = [];
  /** Pictures that are there or on their way. @type {Map<number, HTMLImageElement>} */
  #near = new Map();

  /**
   * @param {import("./overlay.js").Overlay} overlay
   * @param {{best: number | null, name: string, settled: (image: ImageRow) => void}} about `settled` is called when a frame stays
   * @param {AbortSignal} signal
   */
  constructor(overlay, about, signal) {
    this.overlay = overlay;
    this.about = about;
    this.signal = signal;
    this.image = h("img", { alt: about.name, draggable: "false" });
    this.stage = h("div", { class: "stage" }, this.image, overlay.element);
    this.range = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Frame", oninput: () => { this.pause(); this.go(Number(this.range.value)); } });
    this.strip = h("div", { class: "strip", "aria-hidden": "true" });
    this.playButton = h("button", { class: "icon-button", onclick: () => this.toggle() });
    this.speedButton = h("button", { class: "button speed", onclick: () => this.faster() });
    /** What else there is to press beside the slider. */
    this.extra = h("div", { class: "player-extra" });
    this.told = h("p", { class: "player-told" });
    this.element = h("div", { class: "player", "aria-busy": "true" }, this.stage, this.strip,
      h("div", { class: "player-row" }, this.playButton, this.range, this.speedButton),
      h("div", { class: "player-row" }, this.told, this.extra));
    this.#drag();
    this.#sayPlaying();
    signal.addEventListener("abort", () => { this.playing = false; this.#near.clear(); }, { once: true });
  }

  /** @param {ImageRow[]} images @param {number | null} first the number of the one to begin with */
  set(images, first) {
    const shown = this.current?.number ?? first;
    this.images = images;
    this.element.removeAttribute("aria-busy");
    this.range.max = String(Math.max(0, images.length - 1));
    this.element.classList.toggle("is-single", images.length < 2);
    const step = Math.max(1, images.length / STRIP);
    const few = Array.from({ length: Math.min(STRIP, images.length) }, (_, index) => images[Math.floor(index * step)]);
    put(this.strip, few.map((one) => one ? h("img", { src: thumb(one.number), alt: "", loading: "lazy", decoding: "async", draggable: "false" }) : null));
    this.go(Math.max(0, images.findIndex(({ number }) => number === shown)));
  }

  get current() {
    return this.images[this.index];
  }

  /** @param {number} index */
  go(index) {
    this.index = Math.min(Math.max(index, 0), this.images.length - 1);
    const row = this.current;
    if (!row) return;
    const whole = this.#fetch(row);
    if (whole.complete && whole.naturalWidth) this.#paint(row, whole);
    else {
      this.image.src = thumb(row.number);
      this.#shape(row, row.width ?? 0, row.height ?? 0);
      whole.decode().then(() => { if (this.current === row) this.#paint(row, whole); }, () => {});
    }
    this.#fetchAround();
    this.range.value = String(this.index);
    const text = `Frame ${this.index + 1} of ${this.images.length}, ${seconds(row.at)}${row.role ? `, ${row.role}` : ""}`;
    this.range.setAttribute("aria-valuetext", text);
    this.strip.style.setProperty("--at", String(this.images.length < 2 ? 0 : this.index / (this.images.length - 1)));
    put(this.told, h("time", { datetime: row.at }, `${seconds(row.at)}.${row.at.match(/\.(\d{3})/)?.[1] ?? "000"}`),
      row.role ? h("span", { class: "role" }, row.number === this.about.best && row.role !== "best" ? `${row.role}, best` : row.role) : null,
      h("span", null, `${this.index + 1} of ${this.images.length}`));
    if (!this.playing) this.about.settled(row);
  }

  /** @param {ImageRow} row @param {HTMLImageElement} whole */
  #paint(row, whole) {
    this.image.src = whole.src;
    this.#shape(row, whole.naturalWidth, whole.naturalHeight);
  }

  /** @param {ImageRow} row @param {number} width @param {number} height of the frame; 0 where that is not known */
  #shape(row, width, height) {
    if (width && height) this.element.style.setProperty("--ratio", String(width / height));
    this.overlay.draw(width, height, row.number === this.about.best);
  }

  /** Draws the overlay again. */
  redraw() {
    if (this.current) this.go(this.index);
  }

  /** @param {ImageRow} row */
  #fetch(row) {
    let image = this.#near.get(row.number);
    if (!image) this.#near.set(row.number, image = Object.assign(new Image(), { src: picture(row.number) }));
    return image;
  }

  #fetchAround() {
    const near = this.images.slice(Math.max(0, this.index - BEHIND), this.index + AHEAD + 1);
    const numbers = new Set(near.map(({ number }) => number));
    for (const number of this.#near.keys()) if (!numbers.has(number)) this.#near.delete(number);
    near.forEach((row) => this.#fetch(row));
  }

  toggle() {
    if (this.playing) this.pause();
    else void this.play();
  }

  async play() {
    if (this.images.length < 2 || this.playing) return;
    this.playing = true;
    this.#sayPlaying();
    if (this.index === this.images.length - 1) this.go(0);
    while (this.playing && this.index < this.images.length - 1) {
      const [now, next] = [this.images[this.index], this.images[this.index + 1]];
      if (!now || !next) break;
      const gap = Math.min(Math.max(Date.parse(next.at) - Date.parse(now.at), QUICK), SLOW) / this.speed;
      // A slow connection makes it slower, and does not leave frames out.
      await Promise.all([pause(gap), Promise.race([this.#fetch(next).decode().catch(() => {}), pause(PATIENCE)])]);
      if (this.playing) this.go(this.index + 1);
    }
    this.pause();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.#sayPlaying();
    if (this.current && !this.signal.aborted) this.about.settled(this.current);
  }

  faster() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
    this.#sayPlaying();
  }

  #sayPlaying() {
    put(this.playButton, icon(this.playing ? "pause" : "play"));
    this.playButton.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    put(this.speedButton, `${this.speed === 0.5 ? "½" : this.speed}×`);
    this.speedButton.setAttribute("aria-label", `Speed: ${this.speed} times`);
  }

  /** A finger or a mouse along the strip goes through the frames, and so does a finger along the picture. */
  #drag() {
    const to = (/** @type {PointerEvent} */ event) => {
      const { left, width } = this.strip.getBoundingClientRect();
      this.pause();
      this.go(Math.round(Math.min(Math.max((event.clientX - left) / width, 0), 1) * (this.images.length - 1)));
    };
    this.strip.addEventListener("pointerdown", (event) => { this.strip.setPointerCapture(event.pointerId); to(event); });
    this.strip.addEventListener("pointermove", (event) => { if (this.strip.hasPointerCapture(event.pointerId)) to(event); });
    let [from, stroked] = [0, false];
    this.stage.addEventListener("pointerdown", (event) => { from = event.clientX; stroked = false; });
    this.stage.addEventListener("pointermove", (event) => {
      stroked ||= event.pointerType === "touch" && Math.abs(event.clientX - from) >= STROKE;
      if (stroked) to(event);
    });
    this.stage.addEventListener("click", () => { if (!stroked) this.toggle(); });
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
