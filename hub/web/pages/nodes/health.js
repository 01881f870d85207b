// A node's health over time: a chart for each thing that its heartbeats measure.

import { get, isLeft, url } from "../../lib/api.js";
import { h, put } from "../../lib/dom.js";
import { plot } from "../../lib/plot.js";
import { words } from "../../lib/say.js";
import { SPANS, spanChooser, spanOf } from "../../lib/span.js";

/** @typedef {{name: string, unit: string, points: [number, number][]}} Measure */

/** What the names of the interface mean to people. @type {Record<string, string>} */
const TITLES = {
  cpu_temperature: "Temperature", temperature: "Temperature", load: "Load", memory_available: "Free memory", memory_free: "Free memory",
  memory_own: "Memory of the program", frames: "Frames",
  disk_free: "Free disk", waiting_messages: "Messages that wait", waiting_bytes: "Bytes that wait", wifi_signal: "Wi-Fi signal", signal: "Wi-Fi signal",
  clock_ahead: "Clock ahead of the hub's", frames_per_second: "Frames a second",
};

/** What is worth a chart only once it has happened. */
const RARE = ["dropped_events", "dropped_images", "refused"];

/** Bytes in the unit in which the most of them are read. @param {Measure} measure @returns {Measure} */
function readable({ name, unit, points }) {
  if (unit !== "bytes") return { name, unit, points };
  const most = Math.max(...points.map(([, value]) => value));
  const [word, size] = most >= 2 ** 30 ? ["GiB", 2 ** 30] : ["MiB", 2 ** 20];
  return { name, unit: String(word), points: points.map(([at, value]) => [at, value / Number(size)]) };
}

/**
 * @param {HTMLElement} room
 * @param {string} node
 * @param {import("../../app.js").Address} address
 * @param {AbortSignal} signal
 */
export function health(room, node, address, signal) {
  const span = spanOf(address.query.get("span"));
  const grid = h("div", { class: "plots" });
  put(room, h("div", { class: "head node-health" }, h("h2", null, "Health over time"), spanChooser(span, (key) => url(address.path, { span: key }))), grid);
  draw(grid, node, span, signal).catch((error) => {
    if (!isLeft(error)) put(grid, h("p", { class: "error" }, words(error)));
  });
}

/** @param {string} name */
function titleOf(name) {
  const [what, view] = name.split(/ (.*)/s);
  const title = TITLES[what ?? ""] ?? name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
  return view && TITLES[what ?? ""] ? `${title}, ${view}` : title;
}

/** @param {HTMLElement} grid @param {string} node @param {import("../../lib/span.js").Span} span @param {AbortSignal} signal */
async function draw(grid, node, span, signal) {
  const until = Date.now();
  const since = until - SPANS[span].ms;
  const asked = { since: new Date(since).toISOString(), until: new Date(until).toISOString(), points: 300 };
  /** @type {{series: Measure[]}} */
  const { series } = await get(`/api/nodes/${encodeURIComponent(node)}/health`, asked, signal);
  const measured = series.filter(({ name, points }) => points.some(([, value]) => value !== 0 || !RARE.includes(name))).map(readable);
  put(grid, measured.map(({ name, unit, points }) => {
    const title = titleOf(name);
    return h("section", { class: "panel plot-panel", "aria-label": title }, h("header", { class: "plot-head" }, h("h3", null, title)),
      plot({ title: `${title} of ${node}`, unit, since, until, points }, signal));
  }), measured.length === 0 && h("p", { class: "soft" }, "No heartbeat was kept from this time."));
}
