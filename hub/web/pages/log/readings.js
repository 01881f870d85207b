// What sensors read: for each the latest value and a chart of a span that is chosen. A chart is asked for when it comes into
// sight, and again when something new was read, but not under somebody's pointer.

import { get, isLeft, url } from "../../lib/api.js";
import { listen } from "../../lib/changes.js";
import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { plot } from "../../lib/plot.js";
import { words } from "../../lib/say.js";
import { ago, full } from "../../lib/time.js";
import { SPANS, spanChooser, spanOf } from "../../lib/span.js";

/** @typedef {{node: string, view: string | null, name: string, unit: string, value: number, at: string}} Reading */

const GATHER = 5_000;

/**
 * @param {HTMLElement} root
 * @param {import("../../app.js").Address} address
 * @param {AbortSignal} signal
 */
export async function readings(root, address, signal) {
  const span = spanOf(address.query.get("span"));
  const node = address.query.get("node");
  /** @type {Reading[]} */
  const all = await get("/api/readings", {}, signal);
  const shown = node ? all.filter((one) => one.node.toLowerCase() === node.toLowerCase()) : all;
  if (shown.length === 0) {
    root.append(h("div", { class: "empty" }, icon("log"), h("h2", null, node ? `${node} has sent no readings` : "No sensor has sent anything yet"),
      h("p", null, "What sensors of nodes read (temperature, humidity, light) is drawn here. The key ", h("code", null, "sensors"), " of a node's configuration says which there are."),
      node && h("a", { class: "button", href: "/log?show=readings" }, "The readings of all nodes")));
    return;
  }
  root.append(h("div", { class: "log-filters" }, spanChooser(span, (key) => url("/log", { show: "readings", node, span: key }))),
    node ? h("p", { class: "log-only soft small" }, `Only ${node}. `, h("a", { href: url("/log", { show: "readings", span }) }, "All nodes")) : "");

  const cards = shown.map((reading) => card(reading, span, signal));
  const grid = h("div", { class: "plots" }, cards.map(({ element }) => element));
  root.append(grid);

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const of = cards.find(({ element }) => element === entry.target);
      if (of) void of.sight(entry.isIntersecting);
    }
  }, { rootMargin: "200px" });
  for (const { element } of cards) watcher.observe(element);
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;
  signal.addEventListener("abort", () => clearTimeout(gathering), { once: true });
  listen(["reading", "missed"], () => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      get("/api/readings", {}, signal).then((/** @type {Reading[]} */ latest) => {
        for (const reading of latest) cards.find((one) => one.is(reading))?.renew(reading);
      }).catch(() => {});
    }, GATHER);
  }, signal);
}

/** @param {Reading} reading @param {keyof typeof SPANS} span @param {AbortSignal} signal */
function card(reading, span, signal) {
  const latest = h("p", { class: "plot-latest" });
  const chart = h("div", { class: "plot-room" });
  const title = `${reading.name} · ${[reading.node, reading.view].filter(Boolean).join(" ")}`;
  const element = h("section", { class: "panel plot-panel", "aria-label": title },
    h("header", { class: "plot-head" }, h("div", null, h("h2", null, reading.name), h("p", { class: "soft small" }, [reading.node, reading.view].filter(Boolean).join(" · "))), latest),
    chart);
  let [inSight, asked, drawing] = [false, false, new AbortController()];

  const say = (/** @type {Reading} */ { value, unit, at }) => put(latest,
    h("strong", null, value.toLocaleString("en-GB", { maximumSignificantDigits: 5 })), unit && ` ${unit}`,
    h("time", { class: "soft small", datetime: at, title: full(at) }, ago(at)));
  async function draw() {
    if (asked || chart.matches(":hover, :focus-within")) return;
    asked = true;
    const { name, node, view } = reading;
    const [latest, now] = [Date.parse(reading.at), Date.now()];
    // What has ended is shown up to its end.
    const isOver = latest < now - SPANS[span].ms;
    const until = isOver ? latest + 1 : now;
    const since = until - SPANS[span].ms;
    try {
      const { unit, points } = await get("/api/readings/series",
        { node, view, name, since: new Date(since).toISOString(), until: new Date(until).toISOString() }, signal);
      drawing.abort();
      drawing = new AbortController();
      put(chart, plot({ title, unit, since, until, points }, AbortSignal.any([signal, drawing.signal])),
        isOver && h("p", { class: "soft small" }, `Nothing was measured after ${full(latest)}.`));
    } catch (error) {
      asked = false;
      if (!isLeft(error)) put(chart, h("p", { class: "error small" }, words(error)));
    }
  }

  say(reading);
  return {
    element,
    /** @param {boolean} now */
    sight: (now) => {
      inSight = now;
      return now ? draw() : undefined;
    },
    /** @param {Reading} other */
    is: (other) => other.node === reading.node && other.view === reading.view && other.name === reading.name,
    /** @param {Reading} now */
    renew: (now) => {
      if (now.at === reading.at) return;
      reading = now;
      say(now);
      asked = false;
      if (inSight) void draw();
    },
  };
}
