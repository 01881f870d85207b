// One node: what is wrong and what to do, its views, its cameras, the facts about the machine, and its health over time.

import { url } from "../../lib/api.js";
import { advice, pieces } from "../../lib/advice.js";
import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { counted } from "../../lib/measure.js";
import { ago, duration, full } from "../../lib/time.js";
import { image } from "./card.js";
import { cameras, facts } from "./facts.js";
import { health } from "./health.js";
import { standing, troubles } from "./standing.js";

/** @typedef {import("../nodes.js").Node} Node */

/**
 * @param {HTMLElement} root
 * @param {import("../../app.js").Address} address
 * @param {import("../../lib/hub.js").Hub} about
 * @param {AbortSignal} signal
 */
export function one(root, address, about, signal) {
  const name = address.part ?? "";
  const top = h("div", { class: "node-top" });
  const wrong = h("section", { class: "node-troubles", "aria-label": "What is wrong" });
  const views = h("ul", { class: "node-views" });
  const about_it = h("div", { class: "node-facts" });
  const charts = h("section", { "aria-label": "Health over time" });
  root.append(h("p", { class: "small" }, h("a", { href: "/nodes" }, "All nodes")), top, wrong, views, about_it, charts);
  let pictured = "";
  let drawn = false;

  /** @param {Node[]} nodes */
  function show(nodes) {
    const node = nodes.find((one) => one.node.toLowerCase() === name.toLowerCase());
    if (!node) {
      put(root, h("div", { class: "empty" }, icon("nodes"), h("h1", null, "No such node"),
        h("p", null, `Nothing was ever heard of a node named ${name}.`), h("a", { class: "button", href: "/nodes" }, "All nodes")));
      return;
    }
    const { look, word, sentence } = standing(node);
    top.dataset.look = look;
    put(top, h("div", { class: "head" }, h("h1", null, node.node),
      h("div", { class: "row" },
        h("a", { class: "button", href: url("/", { node: node.node }) }, icon("today"), "What it saw"),
        h("a", { class: "button", href: url("/log", { node: node.node }) }, icon("log"), "Log"))),
    h("p", { class: "node-state" }, h("span", { class: "node-dot" }), h("strong", null, word), ` · ${sentence}`));
    put(wrong, troubles(node).map(trouble));
    const watched = node.views.filter((view) => view.images > 0 || isCameras(node, view));
    const pictures = JSON.stringify(watched.map((view) => view.latest?.number));
    if (pictures !== pictured) {
      pictured = pictures;
      put(views, watched.map((view) => viewOf(node, view)));
    }
    put(about_it, cameras(node), states(node), facts(node, about));
    // Of whom somebody may see some views only they are told no health.
    if (!drawn && (about.user.views === null || node.health !== null)) {
      drawn = true;
      health(charts, node.node, address, signal);
    }
  }
  return { show };
}

/** @param {import("../../lib/advice.js").Problem} problem */
function trouble({ about, text }) {
  const todo = advice(about);
  return h("article", { class: "node-trouble" }, icon("alert"),
    h("div", null, h("h2", null, text), todo && h("p", null, pieces(todo).map((piece) => piece.code ? h("code", null, piece.text) : piece.text))));
}

/** Inputs and sensors have views too, and never a picture. @param {Node} node @param {import("../nodes.js").View} view */
function isCameras(node, { view }) {
  return node.health?.cameras?.some((/** @type {{view?: string}} */ camera) => camera.view === view) ?? false;
}

/** @param {Node} node @param {import("../nodes.js").View} view */
function viewOf(node, view) {
  const latest = view.latest;
  return h("li", { class: "node-view" },
    h("a", { href: url("/", { node: node.node, view: view.view }), "aria-label": `Events of ${[node.node, view.view].filter(Boolean).join(" ")}` },
      latest ? image(node, view) : h("div", { class: "node-blank" }, icon("image"))),
    h("p", null, h("strong", null, view.view ?? "No view")),
    h("p", { class: "soft small" }, latest && h("time", { datetime: latest.at, title: full(latest.at) }, ago(latest.at)), latest && " · ", counted(view.images, "picture")));
}

/** What its detectors and inputs see. @param {Node} node */
function states(node) {
  // What was taken over from another system told no detectors: it is over once one says the same.
  const isOver = (/** @type {import("../nodes.js").State} */ old) => old.detector === null && node.states.some((state) =>
    state.view === old.view && state.what === old.what && old.since < state.since);
  const seen = node.states.filter((state) => state.what !== "node" && !isOver(state));
  return seen.length > 0 && h("section", null, h("h2", null, "What it sees"),
    h("dl", { class: "facts" }, seen.flatMap(({ view, what, state, since }) => [
      h("dt", null, [view, what].filter(Boolean).join(" · ")),
      h("dd", null, state, h("span", { class: "soft" }, ` for ${duration(Date.now() - Date.parse(since))}`)),
    ])));
}
