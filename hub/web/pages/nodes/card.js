// One node among the others: its latest picture, how it is, and what is wrong, in short.

import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { ago, full } from "../../lib/time.js";
import { standing, troubles } from "./standing.js";

/** @typedef {import("../nodes.js").Node} Node */

/** @param {Node} node */
export function card(node) {
  const picture = h("div", { class: "node-picture" });
  const words = h("div", { class: "node-words" });
  const element = h("li", { class: "node-card panel" }, picture, words);
  let pictured = -1;

  /** @param {Node} now */
  function show(now) {
    const { look, word, sentence } = standing(now);
    element.dataset.look = look;
    const latest = newest(now);
    // The picture that is shown already is left alone: it would flicker.
    if ((latest?.latest?.number ?? 0) !== pictured) {
      pictured = latest?.latest?.number ?? 0;
      put(picture, latest ? image(now, latest) : h("div", { class: "node-blank" }, icon("image"), h("span", { class: "out-of-sight" }, "No picture yet")));
    }
    const wrong = troubles(now);
    put(words,
      h("h2", null, h("a", { href: `/nodes/${encodeURIComponent(now.node)}` }, now.node)),
      h("p", { class: "node-state" }, h("span", { class: "node-dot" }), h("strong", null, word), ` · ${sentence}`),
      wrong.length > 0 && h("ul", { class: "node-wrong small" }, wrong.slice(0, 3).map(({ text }) => h("li", null, text)),
        wrong.length > 3 && h("li", { class: "soft" }, `and ${wrong.length - 3} more`)),
      latest?.latest && h("p", { class: "soft small" }, latest.view ? `${latest.view}, ` : "picture of ",
        h("time", { datetime: latest.latest.at, title: full(latest.latest.at) }, ago(latest.latest.at))));
  }
  show(node);
  return { element, show };
}

/** The view with the newest picture. @param {Node} node */
function newest(node) {
  const seen = node.views.filter((view) => view.latest);
  return seen.sort((a, b) => Date.parse(b.latest?.at ?? "") - Date.parse(a.latest?.at ?? ""))[0];
}

/** @param {Node} node @param {import("../nodes.js").View} view */
export function image(node, view) {
  const what = [node.node, view.view].filter(Boolean).join(" ");
  return h("img", { src: `/api/images/${view.latest?.number}/thumb.jpg`, alt: `The latest picture of ${what}`, loading: "lazy", decoding: "async" });
}
