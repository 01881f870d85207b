// Every page: it opens without a complaint of the browser, fits a narrow phone, and axe finds nothing serious in light and dark.

import { expect, open, serious, test } from "./fixtures.js";
import { EVIL } from "./story.js";

/** @typedef {import("./hub.js").Hub} Hub */

/** The name under which the hub keeps the node that would be markup. @param {Hub} hub @returns {Promise<string>} */
async function stranger(hub) {
  const nodes = await hub.get("/api/nodes");
  return encodeURIComponent(nodes.find((/** @type {{node: string}} */ { node }) => node.startsWith("Evil")).node);
}

/** Each page's name, its address, and what is seen when it is there.
    @type {[string, (hub: Hub) => Promise<string> | string, string][]} */
const PAGES = [
  ["Today", () => "/", ".card"],
  ["a day", async (hub) => `/day/${(await hub.get("/api/events?node=Garden")).events[0].start.slice(0, 10)}`, ".card"],
  ["Today, of one node", () => "/?node=Garden&kind=motion", ".card"],
  ["Calendar", () => "/calendar", "a.day"],
  ["an event", async (hub) => `/event/${(await hub.get("/api/events?node=Garden")).events[0].number}`, "img, canvas"],
  ["an event of a stranger", async (hub) => `/event/${(await hub.get(`/api/events?node=${await stranger(hub)}`)).events.find((/** @type {any} */ event) => event.event === "evil1").number}`, "h1"],
  ["an event without images", async (hub) => `/event/${(await hub.get("/api/events?node=Cellar")).events[0].number}`, "h1"],
  ["a picture without an event", async (hub) => `/image/${(await hub.get("/api/images?node=Cellar")).images[0].number}`, ".about dd"],
  ["the log", () => "/log", ".log-line"],
  ["the log, searched for markup", () => `/log?search=${encodeURIComponent(EVIL)}`, "mark"],
  ["readings", () => "/log?show=readings", ".plot-line"],
  ["nodes", () => "/nodes", ".node-card"],
  ["a node", () => "/nodes/Garden", ".facts"],
  ["a node in trouble", () => "/nodes/Shed", ".node-trouble"],
  ["two machines under one name", () => "/nodes/Barn", ".node-trouble"],
  ["a stranger", async (hub) => `/nodes/${await stranger(hub)}`, ".facts"],
  ["a node that there is not", () => "/nodes/Nobody", ".empty"],
  ["an address that there is not", () => "/what/is/this", ".empty"],
];

for (const [name, addressOf, shows] of PAGES) {
  test(`${name}: opens, axe finds nothing serious in light and dark, and it fits 320 pixels`, async ({ page, hub, complaints }) => {
    await open(page, await addressOf(hub), shows);
    // A page that is missing says so itself, which is no complaint.
    if (name.startsWith("an address")) complaints.length = 0;
    expect(await serious(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    const tooWide = () => page.evaluate(() => [...document.querySelectorAll("body *")]
      .filter((element) => document.documentElement.scrollWidth > innerWidth && element.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 5).map((element) => `${element.tagName}.${element.className} ${element.textContent?.slice(0, 60)}`));
    await expect.poll(tooWide).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });
}
