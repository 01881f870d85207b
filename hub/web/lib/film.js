// Plays an event's thumbnails in the place of a picture, while the pointer rests on it, it has the focus, or a finger
// strokes over it. Only one plays at a time, and what it has loaded is let go with it.

import { get } from "./api.js";
import { h } from "./dom.js";
import { thumb } from "./rows.js";

const REST = 180;
const FRAME = 180;
const MOST = 60;
const STROKE = 12;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** @type {(() => void) | null} */
let stopOther = null;

/**
 * @param {HTMLElement} frame what is pointed at; the film is laid into it
 * @param {HTMLElement} link what has the focus
 * @param {() => number} event the event whose frames are played
 * @param {AbortSignal} signal
 */
export function film(frame, link, event, signal) {
  const image = h("img", { class: "film", alt: "", draggable: "false" });
  const line = h("span", { class: "film-line" });
  /** @type {AbortController | null} */
  let run = null;
  /** @type {HTMLImageElement[]} */
  let frames = [];
  let swiped = false;

  const at = (/** @type {number} */ index) => {
    const shown = frames[index];
    if (!shown?.complete || !shown.naturalWidth) return;
    if (image.src !== shown.src) image.src = shown.src;
    line.style.setProperty("scale", `${(index + 1) / frames.length} 1`);
    if (!image.isConnected) frame.append(image, line);
  };

  const stop = () => {
    run?.abort();
    run = null;
    frames = [];
    image.remove();
    line.remove();
    image.removeAttribute("src");
    if (stopOther === stop) stopOther = null;
  };

  const load = async () => {
    stopOther?.();
    stopOther = stop;
    run = new AbortController();
    const mine = AbortSignal.any([run.signal, signal]);
    // Nothing of a film hangs on the page's signal but while it plays: cards come and go, the page stays.
    mine.addEventListener("abort", stop, { once: true });
    const { images } = await get(`/api/events/${event()}/images`, { limit: MOST }, mine);
    mine.throwIfAborted();
    frames = images.map((/** @type {{number: number}} */ { number }) => Object.assign(new Image(), { src: thumb(number) }));
    return mine;
  };

  const play = async () => {
    if (run || calm.matches) return;
    try {
      const mine = await load();
      for (let index = 0; frames.length > 1 && !mine.aborted; index = (index + 1) % frames.length) {
        at(index);
        await new Promise((resolve) => { setTimeout(resolve, index === frames.length - 1 ? 4 * FRAME : FRAME); });
      }
    } catch {
      // The card keeps its picture.
    }
  };

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const begin = () => { clearTimeout(timer); timer = setTimeout(play, REST); };
  const end = () => { clearTimeout(timer); stop(); };
  frame.addEventListener("pointerenter", (e) => { if (e.pointerType === "mouse") begin(); });
  frame.addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse") end(); });
  link.addEventListener("focus", () => { if (link.matches(":focus-visible")) begin(); });
  link.addEventListener("blur", end);

  // A stroke along the picture goes through the frames; along the page it scrolls, as `touch-action` says.
  let [from, share] = [0, 0];
  const underFinger = () => at(Math.floor(share * frames.length));
  const follow = async () => {
    await load();
    // The finger may rest by the time a frame comes.
    for (const one of frames) one.addEventListener("load", underFinger);
    underFinger();
  };
  frame.addEventListener("pointerdown", (e) => { from = e.clientX; swiped = false; });
  frame.addEventListener("pointermove", (e) => {
    if (e.pointerType !== "touch") return;
    if (!swiped && Math.abs(e.clientX - from) < STROKE) return;
    if (!swiped && !run) follow().catch(() => {});
    swiped = true;
    const { left, width } = frame.getBoundingClientRect();
    share = Math.min(Math.max((e.clientX - left) / width, 0), 0.999);
    underFinger();
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    frame.addEventListener(kind, (e) => { if (swiped && /** @type {PointerEvent} */ (e).pointerType === "touch") setTimeout(stop, 600); });
  }
  frame.addEventListener("click", (e) => { if (swiped) { e.preventDefault(); swiped = false; } }, { capture: true });
}
