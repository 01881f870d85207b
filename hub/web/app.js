// The shell: which address shows which page, the way from one to another without loading anything anew, the list of pages, and
// the word about the connection. A page is a module with `show(root, address, signal)`; its signal is aborted when it
// is left, and everything that it started hangs on that.

import { change, connection, isLeft } from "./lib/api.js";
import { find, h, put } from "./lib/dom.js";
import { forget, hub } from "./lib/hub.js";
import { icon } from "./lib/icons.js";
import { confirm, say, sentence, words } from "./lib/say.js";

/** @typedef {{path: string, part: string | null, query: URLSearchParams, hash: string, back: boolean}} Address `back`: somebody comes back here */
/** @typedef {{show: (root: HTMLElement, address: Address, signal: AbortSignal) => Promise<void>}} Page */
/** @typedef {{pattern: RegExp, title: string, load: () => Promise<Page>}} Room */

/** The pages; `part` of an address is what stands in the brackets. @type {Room[]} */
const ROOMS = [
  { pattern: /^\/$/, title: "Today", load: () => import("./pages/today.js") },
  { pattern: /^\/day\/(\d{4}-\d\d-\d\d)$/, title: "Day", load: () => import("./pages/today.js") },
  { pattern: /^\/calendar$/, title: "Calendar", load: () => import("./pages/calendar.js") },
  { pattern: /^\/event\/(\d+)$/, title: "Event", load: () => import("./pages/event.js") },
  { pattern: /^\/image\/(\d+)$/, title: "Picture", load: () => import("./pages/image.js") },
  { pattern: /^\/log$/, title: "Log", load: () => import("./pages/log.js") },
  { pattern: /^\/nodes(?:\/(.+))?$/, title: "Nodes", load: () => import("./pages/nodes.js") },
  { pattern: /^\/login$/, title: "Log in", load: () => import("./pages/login.js") },
];

/** What the bar offers. `under` are the addresses that belong to it. */
const NAV = /** @type {const} */ ([
  { path: "/", name: "Today", sign: "today", under: /^\/($|day\/|event\/|image\/)/ },
  { path: "/calendar", name: "Calendar", sign: "calendar", under: /^\/calendar/ },
  { path: "/log", name: "Log", sign: "log", under: /^\/log$/ },
  { path: "/nodes", name: "Nodes", sign: "nodes", under: /^\/nodes/ },
]);

let leave = new AbortController();
let shown = "";

/**
 * Goes to an address of this page. `replace` puts it in the place of the one that is shown; `quiet` only writes it into the
 * address bar: the page that is shown is already that.
 * @param {string} to
 * @param {{replace?: boolean, quiet?: boolean}} [how]
 */
export function go(to, { replace = false, quiet = false } = {}) {
  remember();
  history[replace ? "replaceState" : "pushState"](replace ? history.state : { inner: true }, "", to);
  shown = here();
  if (!quiet) void show(false);
}

/** Goes back to where somebody came from within the page; where it was opened here, goes to `otherwise`. @param {string} otherwise */
export function back(otherwise) {
  if (cameFromHere()) history.back();
  else go(otherwise);
}

/** Whether somebody came to this address from another one of the page. */
export function cameFromHere() {
  return history.state?.inner === true;
}

/** Notes how far down somebody is, for when they come back. */
function remember() {
  history.replaceState({ ...history.state, top: scrollY }, "");
}

function here() {
  return location.pathname + location.search;
}

/** @param {boolean} again whether somebody comes back here */
async function show(again) {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  shown = here();
  const path = location.pathname;
  const room = ROOMS.find(({ pattern }) => pattern.test(path));
  const part = room?.pattern.exec(path)?.[1] ?? null;
  const root = h("div", { class: "page" });
  markNav(path);
  document.title = `${room?.title ?? "Not here"} · Picket`;
  try {
    if (!room) throw new Error("There is no such page.");
    const [page, about] = await Promise.all([room.load(), path === "/login" ? null : hub()]);
    if (signal.aborted) return;
    markHub(about);
    put(find("#main"), root);
    if (!again) scrollTo(0, 0);
    const address = { path, part: part && decoded(part), query: new URLSearchParams(location.search), hash: location.hash, back: again };
    await page.show(root, address, signal);
    if (again && typeof history.state?.top === "number" && !signal.aborted) scrollTo(0, history.state.top);
  } catch (error) {
    if (isLeft(error) || signal.aborted) return;
    console.error(error);
    // What it has begun to listen to is not for a page that is not there.
    leave.abort();
    leave = new AbortController();
    put(root, h("div", { class: "empty", role: "alert" }, icon("alert"), h("h1", null, "This did not work"),
      h("p", null, sentence(error)),
      h("a", { class: "button", href: "/" }, "To today's events")));
    put(find("#main"), root);
  }
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error("There is no such page.");
  }
}

/** Says which hub this is, and who looks at it. @param {import("./lib/hub.js").Hub | null} about */
function markHub(about) {
  put(find(".mark"), h("span", { class: "mark-name" }, "Picket"), about ? h("span", { class: "mark-hub" }, about.name) : null);
  const account = find(".account");
  const name = about?.user.name ?? null;
  account.hidden = name === null;
  put(account, (name ?? "").slice(0, 1).toUpperCase());
  account.setAttribute("aria-label", `Logged in as ${name}`);
  account.title = `Logged in as ${name} (${about?.user.role})`;
}

async function logOut() {
  const who = await hub();
  const sees = who.user.views ? ` You see ${who.user.views.join(", ")}.` : "";
  const question = { title: `Logged in as ${who.user.name}`, text: `Your role is ${who.user.role}.${sees}`, yes: "Log out" };
  if (!await confirm(question, leave.signal)) return;
  try {
    await change("DELETE", "/api/session");
    forget();
    go("/login");
  } catch (error) {
    say(words(error));
  }
}

/** @param {string} path */
function markNav(path) {
  put(find(".nav"), NAV.map(({ path: to, name, sign, under }) =>
    h("a", { href: to, "aria-current": under.test(path) ? "page" : null }, icon(sign), h("span", null, name))));
  find(".nav").hidden = path === "/login";
}

addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/") || (link.hash && link.pathname === location.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search + link.hash);
  find("#main").focus({ preventScroll: true });
});
find(".account").addEventListener("click", () => void logOut());
addEventListener("popstate", () => { if (here() !== shown) void show(true); });
addEventListener("pagehide", remember);
history.scrollRestoration = "manual";

const banner = find(".banner");
connection.addEventListener("lost", () => {
  put(banner, "The hub does not answer. This page goes on by itself when it is back.");
  banner.dataset.state = "lost";
  banner.hidden = false;
});
connection.addEventListener("back", () => {
  put(banner, "The hub is back.");
  banner.dataset.state = "back";
  setTimeout(() => { if (!connection.lost) banner.hidden = true; }, 3_000);
});
connection.addEventListener("stranger", () => {
  forget();
  if (location.pathname !== "/login") go(`/login?to=${encodeURIComponent(here())}`, { replace: true });
});
void show(true);
