// What is asked for, as it stands in the address: every state has an address that can be shared. The names are those of
// `/api/events`. Draws the row of chips and the panel in which it is chosen.

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { differs } from "./time.js";

/** The filters, and what people call them. */
const NAMES = /** @type {Record<string, string>} */ ({
  node: "Node", view: "View", kind: "Kind", label: "Label", state: "State", time_from: "From", time_to: "Until", pinned: "Pinned",
});
const KEYS = [...Object.keys(NAMES), "reviewed"];
const KINDS = ["motion", "light", "input", "rule", "sensor", "camera", "node", "command"];

/** Only the filters of an address's query. @param {URLSearchParams} query */
export function filters(query) {
  const found = new URLSearchParams();
  for (const key of KEYS) query.getAll(key).filter(Boolean).forEach((value) => found.append(key, value));
  return found;
}

/** As the hub is asked. @param {URLSearchParams} of @returns {Record<string, string[]>} */
export function asQuery(of) {
  return Object.fromEntries([...new Set(of.keys())].map((key) => [key, of.getAll(key)]));
}

/** `path` with the filters. @param {string} path @param {URLSearchParams} of */
export function withFilters(path, of) {
  const text = of.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * The row of chips with its panel. `change` is called with the filters that are wanted instead.
 * @param {URLSearchParams} of
 * @param {(of: URLSearchParams) => void} change
 * @param {AbortSignal} signal
 */
export function filterBar(of, change, signal) {
  const unreviewed = of.get("reviewed") === "false";
  const panel = h("div", { class: "filter-panel panel", id: "filters", hidden: true });
  const open = (/** @type {boolean} */ on) => {
    panel.hidden = !on;
    opened.setAttribute("aria-expanded", String(on));
  };
  const opened = h("button", { class: "chip", "aria-expanded": "false", "aria-controls": "filters", onclick: () => {
    open(panel.hidden);
    if (!panel.hidden && !panel.firstChild) void fillPanel(panel, of, change, signal);
  } }, icon("filter"), "Filter");
  // Also while somebody types into one of its fields.
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || panel.hidden || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open(false);
    opened.focus();
  }, { signal });
  const only = h("button", { class: "chip", "aria-pressed": String(unreviewed), onclick: () => {
    change(changed(of, "reviewed", unreviewed ? [] : ["false"]));
  } }, "Not reviewed");
  const set = [...of].filter(([key]) => key !== "reviewed").map(([key, value]) =>
    h("button", { class: "chip", "aria-pressed": "true", "aria-label": `Without ${NAMES[key]} ${value}`, onclick: () => {
      change(changed(of, key, of.getAll(key).filter((one) => one !== value)));
    } }, h("span", null, key === "pinned" ? "Pinned" : `${NAMES[key]}: ${value}`), icon("close")));
  return h("div", { class: "filters" }, h("div", { class: "chips", role: "group", "aria-label": "Filters" }, only, opened, set), panel);
}

/** @param {URLSearchParams} of @param {string} key @param {string[]} values */
function changed(of, key, values) {
  const next = new URLSearchParams(of);
  next.delete(key);
  values.filter(Boolean).forEach((value) => next.append(key, value));
  return filters(next);
}

/**
 * @param {HTMLElement} panel
 * @param {URLSearchParams} of
 * @param {(of: URLSearchParams) => void} change
 * @param {AbortSignal} signal
 */
async function fillPanel(panel, of, change, signal) {
  /** @type {[{node: string, view: string | null}[], {node: string}[]]} */
  const [views, heard] = await Promise.all([get("/api/views", {}, signal), get("/api/nodes", {}, signal)]);
  const nodes = known([...views, ...heard].map(({ node }) => node), of.getAll("node"));
  const names = known(views.flatMap(({ view }) => (view ? [view] : [])), of.getAll("view"));
  const form = h("form", { onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    const wanted = filters(new URLSearchParams(/** @type {any} */ (new FormData(form))));
    // What the panel does not ask for stays as it is.
    for (const [key, value] of of) if (!form.elements.namedItem(key)) wanted.append(key, value);
    change(wanted);
  } },
    choice("Node", "node", nodes, of),
    choice("View", "view", names, of),
    h("div", { class: "filter-fields" },
      field("Kind", { name: "kind", list: "kinds", value: of.get("kind"), placeholder: "any", autocapitalize: "none" }),
      field("Label", { name: "label", value: of.get("label"), placeholder: "any", autocapitalize: "none" }),
      field(`From, time of day${differs(Date.now()) ? " at the hub" : ""}`, { name: "time_from", type: "time", value: of.get("time_from") }),
      field("Until", { name: "time_to", type: "time", value: of.get("time_to") })),
    h("datalist", { id: "kinds" }, KINDS.map((value) => h("option", { value }))),
    h("div", { class: "row filter-do" },
      pill("pinned", "true", "Only pinned", of),
      h("button", { class: "button", type: "button", onclick: () => change(new URLSearchParams()) }, "Clear"),
      h("button", { class: "button main" }, "Show")));
  put(panel, form);
  panel.querySelector("input")?.focus();
}

/** What there is to choose from, and what is chosen though nobody knows it. @param {string[]} names @param {string[]} chosen */
function known(names, chosen) {
  const unheard = chosen.filter((one) => !names.some((name) => name.toLowerCase() === one.toLowerCase()));
  return [...new Set([...names, ...unheard])].sort((a, b) => a.localeCompare(b));
}

/** @param {string} title @param {string} name @param {string[]} values @param {URLSearchParams} of */
function choice(title, name, values, of) {
  if (values.length === 0) return null;
  return h("fieldset", null, h("legend", null, title), h("div", { class: "chips" }, values.map((value) => pill(name, value, value, of))));
}

/** @param {string} name @param {string} value @param {string} text @param {URLSearchParams} of */
function pill(name, value, text, of) {
  const checked = of.getAll(name).some((one) => one.toLowerCase() === value.toLowerCase());
  return h("label", { class: "chip" }, h("input", { type: "checkbox", name, value, checked }), h("span", null, text));
}

/** @param {string} title @param {Record<string, any>} props */
function field(title, props) {
  return h("label", { class: "field" }, h("span", null, title), h("input", props));
}
