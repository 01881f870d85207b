// The log: what the hub wrote down, line by line, and what sensors read, as charts. This file owns the head of the page and what
// its address says; the two halves are below `log/`.

import { h } from "../lib/dom.js";
import { url } from "../lib/api.js";
import { lines } from "./log/lines.js";
import { readings } from "./log/readings.js";

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Address} address
 * @param {AbortSignal} signal
 */
export async function show(root, address, signal) {
  const charts = address.query.get("show") === "readings";
  const tab = (/** @type {string} */ name, /** @type {string} */ to, /** @type {boolean} */ here) =>
    h("a", { href: to, "aria-current": here ? "page" : null }, name);
  const node = address.query.get("node");
  root.append(h("div", { class: "head" }, h("h1", null, "Log"),
    h("nav", { class: "tabs", "aria-label": "What to show" },
      tab("Lines", url("/log", { node }), !charts), tab("Readings", url("/log", { show: "readings", node }), charts))));
  await (charts ? readings : lines)(root, address, signal);
}
