// The nodes: how each is, in words, with what to do where something is wrong. `/nodes` shows all of them, those in trouble first;
// `/nodes/NAME` one, with its cameras, what waits there, and its health over time.

import { get, isLeft } from "../lib/api.js";
import { howToBegin } from "../lib/begin.js";
import { listen } from "../lib/changes.js";
import { h, put } from "../lib/dom.js";
import { hub } from "../lib/hub.js";
import { card } from "./nodes/card.js";
import { hubPanel } from "./nodes/hub.js";
import { one } from "./nodes/one.js";
import { standing } from "./nodes/standing.js";

/** @typedef {{view: string | null, images: number, bytes: number, latest: {number: number, at: string} | null}} View */
/** @typedef {{view: string | null, what: string, detector: string | null, state: string, since: string, before: string | null, before_since: string | null}} State */
/** @typedef {{node: string, first_seen: string, last_seen: string, silent: boolean, restarted: string | null, version: string | null, hardware: string | null,
      health: any, twins: string | null, states: State[], readings: import("./log/readings.js").Reading[], views: View[], problems: import("../lib/advice.js").Problem[]}} Node */

/** News are waited for so long, and words such as `5 min ago` are true for so long. */
const GATHER = 1_500;
const STALE = 30_000;

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Address} address
 * @param {AbortSignal} signal
 */
export async function show(root, address, signal) {
  const [about, nodes] = await Promise.all([hub(), /** @type {Promise<Node[]>} */ (get("/api/nodes", {}, signal))]);
  const page = address.part === null ? all(root, about, signal) : one(root, address, about, signal);
  page.show(nodes);
  let asking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;
  async function renew() {
    gathering = undefined;
    if (asking || document.hidden) return;
    asking = true;
    try {
      page.show(await get("/api/nodes", {}, signal));
    } catch (error) {
      if (!isLeft(error)) console.error(error);
    }
    asking = false;
  }
  listen(["node", "image", "missed"], () => { gathering ??= setTimeout(() => void renew(), GATHER); }, signal);
  const ticking = setInterval(() => void renew(), STALE);
  signal.addEventListener("abort", () => { clearInterval(ticking); clearTimeout(gathering); }, { once: true });
}

/** @param {HTMLElement} root @param {import("../lib/hub.js").Hub} about @param {AbortSignal} signal */
function all(root, about, signal) {
  const summary = h("p", { class: "soft" });
  const list = h("ul", { class: "node-cards" });
  const itself = hubPanel(about, signal);
  root.append(h("div", { class: "head" }, h("h1", null, "Nodes"), summary), itself.element, list);
  /** @type {Map<string, ReturnType<typeof card>>} */
  const cards = new Map();
  let begun = false;

  async function begin() {
    if (begun) return;
    begun = true;
    try {
      const words = await howToBegin("No node has been heard yet");
      if (cards.size === 0) put(list, h("li", { class: "empty" }, words));
    } catch (error) {
      begun = false;
      if (!isLeft(error)) console.error(error);
    }
  }

  /** @param {Node[]} nodes */
  function show(nodes) {
    void itself.renew();
    if (nodes.length === 0) {
      void begin();
      return;
    }
    for (const node of nodes) {
      const known = cards.get(node.node);
      if (known) known.show(node);
      else cards.set(node.node, card(node));
    }
    const sorted = [...nodes].sort((a, b) => standing(a).rank - standing(b).rank || a.node.localeCompare(b.node));
    const elements = sorted.map((node) => /** @type {ReturnType<typeof card>} */ (cards.get(node.node)).element);
    // Only what has moved is moved: whoever has the focus keeps it.
    if (elements.some((element, place) => list.children[place] !== element) || list.childElementCount !== elements.length) list.replaceChildren(...elements);
    const troubled = nodes.filter((node) => standing(node).rank < 2).length;
    const away = nodes.filter((node) => standing(node).rank === 3).length;
    const well = away === 0 ? "All is well." : `All that report are well; ${away} not heard lately.`;
    put(summary, troubled === 0 ? well : troubled === 1 ? "One needs attention." : `${troubled} need attention.`);
  }
  return { show };
}
