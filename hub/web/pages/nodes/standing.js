// How a node is, in one word and in words. Pure.

import { ago } from "../../lib/time.js";

/** Whoever was not heard for so long, and has not fallen silent since the hub runs, is none of those that it waits for. */
const GONE = 24 * 3_600_000;

/** @typedef {import("../nodes.js").Node} Node */
/** @typedef {import("../../lib/advice.js").Problem} Problem */

/** Since when it is stopped, by its own word; null where it goes on. @param {Node} node @returns {string | null} */
function stopped(node) {
  const own = node.states.find((state) => state.what === "node" && state.view === null);
  if (own?.state === "stopped") return own.since;
  return own?.state === "silent" && own.before === "stopped" ? own.before_since : null;
}

/**
 * Its rank (those who need somebody come first), a word, and a sentence.
 * @param {Node} node
 * @returns {{rank: 0 | 1 | 2 | 3, look: "bad" | "warn" | "good" | "off", word: string, sentence: string}}
 */
export function standing(node) {
  const heard = `last heard ${ago(node.last_seen)}`;
  const since = stopped(node);
  if (since) return { rank: 1, look: "off", word: "Stopped", sentence: `by somebody, ${ago(since)}` };
  if (node.silent) return { rank: 0, look: "bad", word: "Silent", sentence: heard };
  const count = node.problems.length;
  if (count > 0) return { rank: 1, look: "warn", word: count === 1 ? "A problem" : `${count} problems`, sentence: heard };
  if (GONE < Date.now() - Date.parse(node.last_seen)) return { rank: 3, look: "off", word: "Not heard lately", sentence: heard };
  return { rank: 2, look: "good", word: "Well", sentence: heard };
}

/** All that is wrong with it, silence first. @param {Node} node @returns {Problem[]} */
export function troubles(node) {
  const since = stopped(node);
  if (since) return [{ about: "stopped", text: "It is stopped" }, ...node.problems];
  return node.silent ? [{ about: "silent", text: "Nothing comes from it" }, ...node.problems] : node.problems;
}
