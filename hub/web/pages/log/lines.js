// The lines: search while typing, the filters, older ones as somebody scrolls, and new ones as they come. Nothing moves under
// whoever reads further down: new lines wait there, and are counted.

import { go } from "../../app.js";
import { get, isLeft, url } from "../../lib/api.js";
import { listen } from "../../lib/changes.js";
import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { onKeys } from "../../lib/keys.js";
import { words } from "../../lib/say.js";
import { filters } from "./filters.js";
import { roll } from "./roll.js";

/** @typedef {{at: string, time: string | null, node: string | null, text: string}} Line */
/** @typedef {{search: string, node: string, day: string}} Wish */

const PAGE = 100;
/** A keystroke waits so long for the next one; and changes so long for more of them. */
const TYPING = 180;
const GATHER = 400;
const AT_THE_TOP = 120;

/**
 * @param {HTMLElement} root
 * @param {import("../../app.js").Address} address
 * @param {AbortSignal} signal
 */
export async function lines(root, address, signal) {
  const of = (/** @type {string} */ name) => address.query.get(name) ?? "";
  /** @type {Wish} */
  let wish = { search: of("search"), node: of("node"), day: of("day") };
  let asked = new AbortController();
  /** @type {string | null} */
  let next = null;
  let older = false;

  const list = roll();
  const status = h("p", { class: "log-status soft small", role: "status" });
  const fresh = h("button", { class: "button main log-new", hidden: true, onclick: () => void newest() }, icon("up"), h("span"));
  const end = h("div", { class: "log-end" });
  const choose = filters(wish, (/** @type {Wish} */ now) => {
    wish = now;
    clearTimeout(typing);
    typing = setTimeout(() => { go(url("/log", wish), { replace: true, quiet: true }); void start(); }, TYPING);
  }, signal);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;
  signal.addEventListener("abort", () => { clearTimeout(typing); clearTimeout(gathering); asked.abort(); }, { once: true });

  /** @param {string | null} cursor @returns {Promise<{lines: Line[], next: string | null}>} */
  const ask = (cursor) => get("/api/log", { search: wish.search.trim(), node: wish.node, since: wish.day, until: wish.day, limit: PAGE, cursor }, asked.signal);

  /** Asks anew, from the newest line on. */
  async function start() {
    asked.abort();
    asked = new AbortController();
    await guarded(async () => {
      end.classList.add("busy");
      const found = await ask(null);
      list.begin(found.lines, wish.search.trim());
      list.element.setAttribute("aria-busy", "false");
      count();
      next = found.next;
      settle();
    });
  }

  /** The next older ones, for as long as the end of the list can be seen. */
  async function more() {
    if (older || next === null) return;
    older = true;
    await guarded(async () => {
      const found = await ask(next);
      list.append(found.lines);
      count();
      next = found.next;
    });
    older = false;
    settle();
  }

  /** Lines that have come since. */
  async function tail() {
    if (older) {
      again();
      return;
    }
    await guarded(async () => {
      const found = await ask(null);
      if (!list.offer(found.lines)) list.gap();
      if (scrollY < AT_THE_TOP && !list.isCut()) list.take();
      count();
      if (list.isBroken() && scrollY < AT_THE_TOP) await start();
      else settle();
    });
  }

  async function newest() {
    scrollTo({ top: 0 });
    if (list.isCut() || list.isBroken()) await start();
    else list.take();
    count();
    settle();
  }

  function again() {
    clearTimeout(gathering);
    gathering = setTimeout(() => void tail(), GATHER);
  }

  function count() {
    const waiting = list.waiting();
    fresh.hidden = waiting === 0 && !list.isCut() && !list.isBroken();
    put(fresh.lastElementChild ?? fresh, list.isBroken() || list.isCut() ? "To the newest lines" : waiting === 1 ? "1 new line" : `${waiting} new lines`);
  }

  function settle() {
    end.classList.toggle("busy", next !== null);
    const narrowed = wish.search.trim() || wish.node || wish.day;
    put(status, list.isEmpty() && next === null ? (narrowed ? "No line is like that." : "Nothing has been logged yet.") : "");
    watcher.unobserve(end);
    if (next !== null) watcher.observe(end);
  }

  /** @param {() => Promise<void>} work */
  async function guarded(work) {
    try {
      await work();
    } catch (error) {
      if (isLeft(error) || signal.aborted) return;
      end.classList.remove("busy");
      put(status, words(error));
    }
  }

  const watcher = new IntersectionObserver(([entry]) => { if (entry.isIntersecting) void more(); }, { rootMargin: "600px" });
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
  addEventListener("scroll", () => { if (scrollY < AT_THE_TOP && list.waiting() > 0 && !list.isCut() && !list.isBroken()) { list.take(); count(); } }, { signal, passive: true });
  onKeys([
    { keys: ["/"], does: "Search", run: () => choose.search.focus() },
    { keys: ["n"], does: "To the newest lines", run: () => void newest() },
  ], signal);
  listen(["log", "missed"], again, signal);
  root.append(choose.element, fresh, list.element, status, end);
  await start();
}
