// The list of lines itself, newest first. It never holds more than it may: going down, it lets go of the newest; taking in
// new ones, of the oldest pages. Texts are text, with what was searched for marked in them. Knows neither hub nor address.

import { h } from "../../lib/dom.js";
import { dayName, day, full, hubClock, seconds } from "../../lib/time.js";

/** @typedef {import("./lines.js").Line} Line */

/** So many lines stand in the document at most; and so many new ones wait. */
export const MOST = 800;
const MOST_WAITING = 400;

export function roll() {
  const element = h("ol", { class: "log-lines", "aria-label": "Log lines, the newest first", "aria-busy": "true" });
  /** Those that stand at the head of the list, newest first: what is known of them tells which are new. @type {Line[]} */
  let head = [];
  /** @type {Line[]} */
  let waiting = [];
  let cut = false;
  let broken = false;
  /** @type {RegExp | null} */
  let wanted = null;

  /** The first line of each day says which it is. */
  function days() {
    let before = "";
    for (const row of element.children) {
      const of = /** @type {HTMLElement} */ (row).dataset.day ?? "";
      row.classList.toggle("first", of !== before);
      before = of;
    }
  }

  return {
    element,
    waiting: () => waiting.length,
    /** Whether the newest lines were let go of. */
    isCut: () => cut,
    /** Whether there are lines between what stands here and what is newest. */
    isBroken: () => broken,
    isEmpty: () => element.childElementCount === 0,
    gap() { broken = true; },

    /** @param {Line[]} lines @param {string} search */
    begin(lines, search) {
      wanted = search ? new RegExp(search.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"), "giu") : null;
      [head, waiting, cut, broken] = [lines.slice(0, MOST_WAITING), [], false, false];
      element.replaceChildren(...lines.map((line) => rowOf(line, wanted)));
      days();
    },

    /** Older lines. What is too much goes on top, and what is looked at stays where it is. @param {Line[]} lines */
    append(lines) {
      element.append(...lines.map((line) => rowOf(line, wanted)));
      const surplus = element.childElementCount - MOST;
      if (surplus > 0) {
        const anchor = element.lastElementChild;
        const before = anchor?.getBoundingClientRect().top ?? 0;
        for (let count = 0; count < surplus; count += 1) element.firstElementChild?.remove();
        cut = true;
        days();
        scrollBy(0, (anchor?.getBoundingClientRect().top ?? 0) - before);
      }
      days();
    },

    /** Finds out which of the newest lines are new; false if none of them is known. @param {Line[]} lines */
    offer(lines) {
      const known = [...waiting, ...head];
      if (known.length === 0) {
        waiting = lines;
        return true;
      }
      const count = lines.findIndex((_, start) => lines.slice(start, start + 5).every((line, place) => isSame(line, known[place])));
      if (count < 0) return false;
      waiting = [...lines.slice(0, count), ...waiting];
      if (waiting.length > MOST_WAITING) broken = true;
      return true;
    },

    /** Puts in front what has waited. */
    take() {
      element.prepend(...waiting.map((line) => rowOf(line, wanted)));
      head = [...waiting, ...head].slice(0, MOST_WAITING);
      waiting = [];
      if (element.childElementCount > 2 * MOST) broken = true;
      days();
    },
  };
}

/** @param {Line} a @param {Line | undefined} b */
function isSame(a, b) {
  return b !== undefined && a.time === b.time && a.text === b.text && a.node === b.node;
}

/** @param {Line} line @param {RegExp | null} wanted */
function rowOf({ at, time, node, text }, wanted) {
  const hub = time && hubClock(time, true);
  const name = node && text.toLowerCase().startsWith(node.toLowerCase()) ? node.length : 0;
  const of = time ? day(time) : at.slice(0, 10);
  return h("li", { class: "log-line", "data-day": of, "data-day-name": /^\d{4}-\d\d-\d\d$/.test(of) ? dayName(of) : of },
    h("time", { datetime: time, title: time ? `${full(time)}; in the file: ${at}` : at }, time ? seconds(time) : at.slice(11, 19), hub && h("span", { class: "log-hub" }, hub)),
    h("span", { class: "log-text" }, name > 0 && h("b", null, marked(text.slice(0, name), wanted)), marked(text.slice(name), wanted)));
}

/** @param {string} text @param {RegExp | null} wanted @returns {(string | Node)[]} */
function marked(text, wanted) {
  if (!wanted) return [text];
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(wanted)) {
    parts.push(text.slice(from, found.index), h("mark", null, found[0]));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}
