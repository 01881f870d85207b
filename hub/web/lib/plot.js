// A chart of one measure over time: a line of means, a band from the lowest to the highest, and gaps where nothing was measured.
// Pointer and arrow keys read single values. Times are the viewer's, with the hub's beside them where they differ.

import { h, put, svg } from "./dom.js";
import { number, numbers, times } from "./scale.js";
import { full, hubClock } from "./time.js";

/** Time in ms, the mean; and, where there are several in one point, the lowest and the highest.
    @typedef {[number, number | null, (number | null)?, (number | null)?]} Point */
/** @typedef {{title: string, unit: string, since: number, until: number, points: Point[]}} Series */

const HEIGHT = 150;
const MARGIN = { top: 10, right: 12, bottom: 22, left: 46 };
/** A pause so many times longer than usual is a gap. */
const GAP = 4;
const ROOM_FOR_A_TIME = 84;

/**
 * A chart that is as wide as where it stands.
 * @param {Series} series
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function plot(series, signal) {
  const points = measured(series.points);
  if (points.length === 0) return h("p", { class: "plot-nothing soft small" }, "Nothing was measured in this time.");
  const canvas = h("div", { class: "plot-canvas", role: "slider", tabindex: 0, "aria-label": `${series.title}: read values with the arrow keys`,
    "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": points.length - 1 });
  const readout = h("output", { class: "plot-readout small" });
  let chart = drawn(series, points, 640);
  let place = points.length - 1;

  const mark = (/** @type {number} */ to, /** @type {boolean} */ visible) => {
    place = Math.min(points.length - 1, Math.max(0, to));
    const said = words(points[place], series.unit, chart.fine);
    canvas.setAttribute("aria-valuenow", String(place));
    canvas.setAttribute("aria-valuetext", said);
    chart.point(visible ? points[place] : null);
    put(readout, visible ? said : extent(points, series.unit, chart.fine));
  };
  const redraw = (/** @type {number} */ width) => {
    chart = drawn(series, points, width);
    put(canvas, chart.picture);
    mark(place, document.activeElement === canvas);
  };
  const nearestTo = (/** @type {PointerEvent} */ event) => nearest(points, chart.timeAt(event.clientX - canvas.getBoundingClientRect().left));

  canvas.addEventListener("pointermove", (event) => mark(nearestTo(event), true), { signal });
  canvas.addEventListener("pointerdown", (event) => mark(nearestTo(event), true), { signal });
  canvas.addEventListener("pointerleave", () => mark(place, document.activeElement === canvas), { signal });
  canvas.addEventListener("focus", () => mark(place, true), { signal });
  canvas.addEventListener("blur", () => mark(place, false), { signal });
  canvas.addEventListener("keydown", (event) => {
    const far = Math.max(2, Math.round(points.length / 20));
    const to = /** @type {Record<string, number>} */ ({ ArrowLeft: place - 1, ArrowRight: place + 1, ArrowDown: place - 1, ArrowUp: place + 1,
      PageDown: place - far, PageUp: place + far, Home: 0, End: points.length - 1 })[event.key];
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    mark(to, true);
  }, { signal });

  const watcher = new ResizeObserver(([entry]) => redraw(Math.max(200, Math.round(entry.contentRect.width))));
  watcher.observe(canvas);
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
  redraw(640);
  return h("div", { class: "plot" }, canvas, readout);
}

/** Those that are numbers. @param {Point[]} points @returns {[number, number, number, number][]} */
function measured(points) {
  /** @type {[number, number, number, number][]} */
  const found = [];
  for (const [at, mean, low, high] of points) {
    if (typeof mean === "number" && Number.isFinite(mean)) found.push([at, mean, low ?? mean, high ?? mean]);
  }
  return found;
}

/** The chart at one width. @param {Series} series @param {[number, number, number, number][]} points @param {number} width */
function drawn({ since, until }, points, width) {
  const ticks = numbers(Math.min(...points.map((point) => point[2])), Math.max(...points.map((point) => point[3])));
  const [low, high] = [ticks[0].at, ticks[ticks.length - 1].at];
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const x = (/** @type {number} */ at) => MARGIN.left + (at - since) / Math.max(1, until - since) * inner.width;
  const y = (/** @type {number} */ value) => MARGIN.top + (high - value) / (high - low) * inner.height;
  const fine = (ticks[1].at - low) / 10;

  const grid = ticks.map(({ at, text }) => [
    svg("line", { class: "plot-grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(at), y2: y(at) }),
    svg("text", { class: "plot-tick", x: MARGIN.left - 8, y: y(at), "text-anchor": "end", "dominant-baseline": "middle" }, text),
  ]);
  const clocks = times(since, until, Math.max(2, Math.floor(inner.width / ROOM_FOR_A_TIME)))
    .filter(({ at }) => x(at) > MARGIN.left + 4 && x(at) < width - 20)
    .map(({ at, text }) => svg("text", { class: "plot-tick", x: x(at), y: HEIGHT - 5, "text-anchor": "middle" }, text));
  const runs = split(points);
  const lines = runs.map((run) => run.length === 1
    ? svg("circle", { class: "plot-dot", cx: x(run[0][0]), cy: y(run[0][1]), r: 2 })
    : svg("path", { class: "plot-line", d: path(run.map(([at, mean]) => [x(at), y(mean)])) }));
  const bands = runs.filter((run) => run.length > 1 && run.some(([, , least, most]) => least < most)).map((run) => {
    const above = run.map(([at, , , most]) => [x(at), y(most)]);
    const below = run.map(([at, , least]) => [x(at), y(least)]).reverse();
    return svg("path", { class: "plot-band", d: `${path([...above, ...below])}Z` });
  });
  const cross = svg("line", { class: "plot-cross", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: "hidden" });
  const spot = svg("circle", { class: "plot-spot", r: 4, visibility: "hidden" });
  const picture = svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
    grid.flat(), clocks, bands, lines, cross, spot);

  return {
    picture,
    fine,
    /** @param {number} left */
    timeAt: (left) => since + (left - MARGIN.left) / Math.max(1, inner.width) * (until - since),
    /** @param {[number, number, number, number] | null} at */
    point: (at) => {
      for (const one of [cross, spot]) one.setAttribute("visibility", at ? "visible" : "hidden");
      if (!at) return;
      cross.setAttribute("x1", String(x(at[0])));
      cross.setAttribute("x2", String(x(at[0])));
      spot.setAttribute("cx", String(x(at[0])));
      spot.setAttribute("cy", String(y(at[1])));
    },
  };
}

/**
 * Runs without a gap between them.
 * @template {[number, ...unknown[]]} P
 * @param {P[]} points
 * @returns {P[][]}
 */
export function split(points) {
  const pauses = points.slice(1).map((point, before) => point[0] - points[before][0]).sort((a, b) => a - b);
  const usual = pauses[Math.floor(pauses.length / 2)] ?? 0;
  /** @type {P[][]} */
  const runs = [];
  points.forEach((point, index) => {
    const pause = index > 0 ? point[0] - points[index - 1][0] : Infinity;
    if (pause > usual * GAP) runs.push([]);
    runs[runs.length - 1].push(point);
  });
  return runs;
}

/** The place of the point that is nearest in time. @param {[number, ...unknown[]][]} points @param {number} at */
export function nearest(points, at) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (points[middle + 1][0] - at <= at - points[middle][0]) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {number[][]} spots */
function path(spots) {
  return spots.map(([left, top], index) => `${index ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join("");
}

/** `20 Nov 2026, 14:32:05 (15:32 at the hub): 21.4 °C, from 20.9 to 21.8`. @param {[number, number, number, number]} point @param {string} unit @param {number} fine */
function words([at, mean, low, high], unit, fine) {
  const hub = hubClock(at);
  const range = low < high ? `, from ${number(low, fine)} to ${number(high, fine)}` : "";
  return `${full(at)}${hub ? ` (${hub} at the hub)` : ""}: ${number(mean, fine)}${unit ? ` ${unit}` : ""}${range}`;
}

/** What is written below while nobody points. @param {[number, number, number, number][]} points @param {string} unit @param {number} fine */
function extent(points, unit, fine) {
  const [low, high] = [Math.min(...points.map((point) => point[2])), Math.max(...points.map((point) => point[3]))];
  const [from, to, of] = [number(low, fine), number(high, fine), unit ? ` ${unit}` : ""];
  return from === to ? `${from}${of} all the time` : `between ${from} and ${to}${of}`;
}
