// What the hub tells of events and images, and the words for it.

/**
 * @typedef {object} EventRow
 * @property {number} number
 * @property {string | null} event
 * @property {string} node
 * @property {string | null} view
 * @property {string} what
 * @property {string | null} detector
 * @property {string} state
 * @property {string} start
 * @property {string | null} end
 * @property {boolean} cut
 * @property {number | null} score
 * @property {number[][] | null} boxes
 * @property {string | null} grid
 * @property {string | null} reason
 * @property {number} images
 * @property {number} gone
 * @property {boolean} pinned
 * @property {string} text
 * @property {boolean} reviewed
 * @property {number | null} best_image
 * @property {string | null} label
 * @property {string} [was]
 * @property {boolean} [doubtful]
 */

/**
 * @typedef {object} ImageRow
 * @property {number} number
 * @property {string} node
 * @property {string | null} view
 * @property {string} at
 * @property {string | null} role
 * @property {string | null} event
 * @property {{event: string, role: string}[] | null} also
 * @property {number | null} width
 * @property {number | null} height
 * @property {number} size
 * @property {boolean} pinned
 * @property {string} [was]
 * @property {boolean} [doubtful]
 */

/** What is about a machine, not about what it watches. */
const MACHINES = new Set(["node", "name", "camera", "sensor", "restart", "disk", "power", "heat", "limit", "storage", "command"]);
const TROUBLES = new Set(["silent", "twice", "stalled", "low", "hot", "reached", "full", "failing", "lost", "refused", "dead"]);

/** @param {EventRow} row */
export function isMachines(row) {
  return MACHINES.has(row.what.toLowerCase());
}

/** @param {EventRow} row */
export function isTrouble(row) {
  return isMachines(row) && TROUBLES.has(row.state.toLowerCase());
}

/** Where: the view, or the node of what has none. @param {{node: string, view: string | null}} row */
export function place(row) {
  return row.view ?? row.node;
}

/** What happened, in a word or two. @param {EventRow} row */
export function what(row) {
  if (row.label) return row.label;
  if (row.what === "motion" && ["moving", ""].includes(row.state)) return "motion";
  return row.state ? `${row.what} ${row.state}` : row.what;
}

/** How long it lasted, in ms; null while it goes on. @param {EventRow} row */
export function lasted(row) {
  return row.end === null ? null : Date.parse(row.end) - Date.parse(row.start);
}

/** @param {number} number */
export function thumb(number) {
  return `/api/images/${number}/thumb.jpg`;
}

/** @param {number} number */
export function picture(number) {
  return `/api/images/${number}.jpg`;
}
