// Which pictures belong together where no event says so: what one view took in one go. Knows rows only.

/** @typedef {import("../../lib/rows.js").ImageRow} ImageRow */

/** Pictures further apart are two goes. */
const APART = 60_000;
/** A go is no longer than that. */
const MOST = 200;

/**
 * What one view took in one go, the newest go first, each oldest picture first.
 * @param {ImageRow[]} images newest first
 * @returns {ImageRow[][]}
 */
export function goes(images) {
  /** @type {Map<string, ImageRow[]>} */
  const open = new Map();
  /** @type {ImageRow[][]} */
  const found = [];
  for (const image of images) {
    const key = JSON.stringify([image.node, image.view]);
    const last = open.get(key);
    if (last?.[0] && last.length < MOST && Date.parse(last[0].at) - Date.parse(image.at) <= APART) {
      last.unshift(image);
    } else {
      const fresh = [image];
      open.set(key, fresh);
      found.push(fresh);
    }
  }
  return found;
}

/** Whether no event has it. @param {ImageRow} image */
export function isLoose({ event, also }) {
  return !event && !also?.length;
}
