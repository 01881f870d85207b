// What is looked for in the log: a text, a node, a day. Tells at each change.

import { get } from "../../lib/api.js";
import { h } from "../../lib/dom.js";
import { day } from "../../lib/time.js";

/**
 * @param {import("./lines.js").Wish} wish
 * @param {(wish: import("./lines.js").Wish) => void} changed
 * @param {AbortSignal} signal
 */
export function filters(wish, changed, signal) {
  const search = h("input", { type: "search", placeholder: "Search the log", "aria-label": "Search the log", autocomplete: "off", spellcheck: "false",
    enterkeyhint: "search", value: wish.search });
  const node = h("select", { "aria-label": "Node" }, h("option", { value: "" }, "All nodes"), wish.node && option(wish.node, true));
  const date = h("input", { type: "date", "aria-label": "Day", max: day(Date.now()), value: wish.day });
  const tell = () => changed({ search: search.value, node: node.value, day: date.value });
  for (const field of [search, node, date]) field.addEventListener("input", tell, { signal });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (search.value === "") search.blur();
    search.value = "";
    tell();
  }, { signal });
  // The list of nodes may come later: whoever searches does not wait for it.
  get("/api/nodes", {}, signal).then((/** @type {{node: string}[]} */ nodes) => {
    node.append(...nodes.filter((one) => one.node !== wish.node).map((one) => option(one.node, false)));
  }, () => {});
  return { element: h("form", { class: "log-filters", role: "search", onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, search, node, date), search };
}

/** @param {string} name @param {boolean} chosen */
function option(name, chosen) {
  return h("option", { value: name, selected: chosen }, name);
}
