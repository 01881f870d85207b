// Which events belong together: what happened at the same time, in whatever views, is one moment. Knows rows only.

import { isMachines } from "../../lib/rows.js";

/** @typedef {import("../../lib/rows.js").EventRow} EventRow */
/** @typedef {{rows: EventRow[]}} Moment the newest row first */

/** What began so soon after the end of something still belongs to it. */
const APART = 20_000;
/** A moment is no longer than that, and no event that is longer belongs to one. */
const LONGEST = 5 * 60_000;
const MOST = 24;
/** So many without a picture in a row stand apart. */
const FEW = 4;

/**
 * @param {EventRow[]} rows newest first
 * @returns {Moment[]} newest first
 */
export function moments(rows) {
  /** @type {Moment[]} */
  const found = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last && belongs(row, last)) last.rows.push(row);
    else found.push({ rows: [row] });
  }
  return found;
}

/** @param {EventRow} row @param {Moment} moment */
function belongs(row, { rows }) {
  const [newest, oldest] = [rows[0], rows[rows.length - 1]];
  if (!newest || !oldest || MOST <= rows.length || isAlone(row) || rows.some(isAlone)) return false;
  // Nothing new is added to what somebody has seen.
  if (row.reviewed !== oldest.reviewed) return false;
  const latest = Math.max(...rows.map(end));
  return Date.parse(oldest.start) <= end(row) + APART && latest - Date.parse(row.start) <= LONGEST;
}

/** @param {EventRow} row */
function isAlone(row) {
  return isMachines(row) || LONGEST < end(row) - Date.parse(row.start);
}

/** @param {EventRow} row */
function end(row) {
  return Date.parse(row.end ?? row.start);
}

/** The row that stands for the moment: one with a picture, best one with a label, with the highest score. @param {Moment} moment */
export function lead({ rows }) {
  const rank = (/** @type {EventRow} */ row) => (row.best_image ? 4 : 0) + (row.label ? 2 : 0) + (row.score ?? 0);
  return rows.reduce((best, row) => (rank(best) < rank(row) ? row : best));
}

/** One row of each view but the lead's, those with pictures only. @param {Moment} moment */
export function others(moment) {
  const first = lead(moment);
  const seen = new Set([key(first)]);
  return moment.rows.filter((row) => row.best_image && !seen.has(key(row)) && seen.add(key(row)));
}

/**
 * The moments of a day in their order, those without a picture apart where there are several in a row: they take less room.
 * @param {Moment[]} all
 * @returns {{bare: boolean, moments: Moment[]}[]}
 */
export function blocks(all) {
  /** @type {{bare: boolean, moments: Moment[]}[]} */
  const runs = [];
  for (const moment of all) {
    const bare = !lead(moment).best_image;
    const last = runs.at(-1);
    if (last?.bare === bare) last.moments.push(moment);
    else runs.push({ bare, moments: [moment] });
  }
  /** @type {{bare: boolean, moments: Moment[]}[]} */
  const found = [];
  for (const [place, { bare, moments: some }] of runs.entries()) {
    // One alone at the top of a day would be the largest thing there, and one alone further down a hole in the rows.
    const apart = bare && (place === 0 || FEW <= some.length);
    const last = found.at(-1);
    if (last && last.bare === apart) last.moments.push(...some);
    else found.push({ bare: apart, moments: [...some] });
  }
  return found;
}

/** @param {EventRow} row */
function key(row) {
  return JSON.stringify([row.node, row.view]);
}
