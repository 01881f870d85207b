// What is known of an event, in words, and what other views saw at that time.

import { h } from "../../lib/dom.js";
import { withFilters } from "../../lib/filters.js";
import { lasted, place, thumb, what } from "../../lib/rows.js";
import { clock, day, differs, duration, full, hubFull, timeOfDay } from "../../lib/time.js";

/** @typedef {import("../../lib/rows.js").EventRow} EventRow */
/** @typedef {{node: string, view: string | null, image: number, at: string}} Neighbour */

const AROUND = 120_000;

/** @param {EventRow} row */
export function about(row) {
  const ms = lasted(row);
  const left = row.images - row.gone;
  const where = new URLSearchParams({ node: row.node, ...(row.view ? { view: row.view } : {}) });
  return h("dl", { class: "about" },
    row.reason ? item("Why", row.reason) : null,
    item("When", h("time", { datetime: row.start }, full(row.start)), differs(row.start) ? h("span", { class: "soft" }, `${hubFull(row.start)}, at the hub`) : null,
      row.was ? h("span", { class: "soft" }, `First said to be ${full(row.was)}; corrected since`) : null,
      row.doubtful ? h("span", { class: "warn" }, "The node's clock was not set: this may be wrong") : null),
    item("Lasted", ms === null ? h("span", { class: "card-now" }, "goes on") : ms < 500 ? "a moment" : duration(ms),
      row.cut ? h("span", { class: "soft" }, "Ended by a restart of the node") : null),
    item("Where", h("a", { href: withFilters("/", where) }, row.view ? `${row.node}, ${row.view}` : row.node)),
    item("What", what(row), row.label ? h("span", { class: "soft" }, `${row.what} ${row.state}`) : null, row.detector ? h("span", { class: "soft" }, `by ${row.detector}`) : null),
    row.score === null ? null : item("Changed", `${Number((row.score * 100).toPrecision(3))} % at most`),
    row.images > 0 ? item("Frames", frames(left, row.images)) : null,
    item("Message", h("code", null, row.text)));
}

/** @param {number} left @param {number} all */
function frames(left, all) {
  if (left === all) return String(left);
  if (left > 0) return `${left} of ${all}; the others were deleted`;
  return all === 1 ? "none; it was deleted" : `none; all ${all} were deleted`;
}

/** @param {string} name @param {...import("../../lib/dom.js").Child} words */
function item(name, ...words) {
  return [h("dt", null, name), h("dd", null, words)];
}

/** @param {Neighbour[]} all */
export function neighbours(all) {
  if (all.length === 0) return null;
  return h("section", { class: "neighbours", "aria-labelledby": "elsewhere" }, h("h2", { id: "elsewhere" }, "At the same time elsewhere"),
    h("ul", null, all.map((one) => h("li", null, h("a", { href: around(one) },
      h("img", { src: thumb(one.image), alt: "", loading: "lazy", decoding: "async" }),
      h("span", { class: "neighbour-place" }, place(one)), h("span", { class: "soft small" }, clock(one.at)))))));
}

/** The events of that view around then. @param {Neighbour} one */
function around({ node, view, at }) {
  const time = Date.parse(at);
  const of = new URLSearchParams({ node, ...(view ? { view } : {}), time_from: timeOfDay(time - AROUND), time_to: timeOfDay(time + AROUND) });
  return withFilters(`/day/${day(at)}`, of);
}
