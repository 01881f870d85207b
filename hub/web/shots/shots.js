// Makes the pictures of the page that the documents show. Run by hand after the page has changed its looks, from `hub/web`:
//
//     cargo build -p picket-hub && npm ci && node shots/shots.js
//
// It starts a real hub (PICKET_PROGRAMS is the folder of picket-hub, as for the browser tests), sends it the painted farm of
// `farm.js`, and writes `shots/*.webp`, each below 120 KB. Needs python3 with opencv, imagezmq and pyzmq, as the tests do.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import config from "../playwright.config.js";
import { Hub, until } from "../tests/hub.js";
import { farm } from "./farm.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const MOST = 120_000;
/** Somebody comes by every so many minutes. */
const APART = 11;
/** At this time, UTC, the newest pictures are of the orchard at dusk, and those before of the gate by day. */
const [HOUR, MINUTE] = [16, 35];

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };

/** Each picture: where it is made, how large, in which colours, and what is to be seen before.
    @type {[string, (hub: Hub) => Promise<string> | string, {width: number, height: number}, "light" | "dark", string][]} */
const SHOTS = [
  ["today", () => "/", DESK, "light", ".card-frame img"],
  ["event", async (hub) => `/event/${await van(hub)}?show=boxes`, DESK, "light", ".strip img"],
  ["readings", () => "/log?show=readings", { width: 1280, height: 490 }, "light", ".plot-line"],
  ["phone", () => "/", PHONE, "dark", ".card-frame img"],
];

/** The newest event at the gate in which the picture changed as much as by a van. @param {Hub} hub @returns {Promise<number>} */
async function van(hub) {
  const { events } = await hub.get("/api/events?view=Gate&limit=100");
  return events.find((/** @type {{score: number}} */ { score }) => score > 0.1).number;
}

/** The last time that it was that hour. */
function latest() {
  const then = new Date();
  then.setUTCHours(HOUR, MINUTE, 0, 0);
  return then.getTime() < Date.now() ? then.getTime() : then.getTime() - 24 * 3_600_000;
}

/** A PNG as WebP, made by the browser itself. @param {import("@playwright/test").Page} page @param {Buffer} png @param {number} quality */
async function webp(page, png, quality) {
  const url = await page.evaluate(async ([data, q]) => {
    const image = Object.assign(new Image(), { src: `data:image/png;base64,${data}` });
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
    canvas.getContext("2d")?.drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", q);
  }, /** @type {[string, number]} */ ([png.toString("base64"), quality]));
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

async function main() {
  const hub = await Hub.start();
  const browser = await chromium.launch(config.use?.launchOptions);
  try {
    const pictures = join(hub.folder, "pictures");
    if (spawnSync("python3", [join(HERE, "paint.py"), pictures], { stdio: "inherit" }).status !== 0) throw new Error("paint.py has failed");
    const then = latest();
    await hub.send(farm(pictures, then, APART));
    await until(async () => (await hub.get("/api/events?view=Orchard")).events.length > 0, "the newest events");
    // A page that may make a picture of a picture: the hub's own allows nothing of that kind.
    const blank = await browser.newPage();
    for (const [name, addressOf, viewport, colorScheme, shows] of SHOTS) {
      const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1, timezoneId: "Europe/Berlin", locale: "en-GB", reducedMotion: "reduce" });
      const page = await context.newPage();
      await page.clock.setFixedTime(then);
      await page.goto(hub.page + await addressOf(hub));
      await page.locator(`#main ${shows}`).first().waitFor();
      await page.waitForLoadState("networkidle", { timeout: 10_000 }).catch(() => {});
      const png = await page.screenshot({ animations: "disabled" });
      const small = [0.86, 0.75, 0.6, 0.45];
      let made = await webp(blank, png, 0.9);
      while (made.length > MOST && small.length > 0) made = await webp(blank, png, small.shift() ?? 0);
      if (made.length > MOST) throw new Error(`${name}: ${made.length} bytes are too many for a document`);
      writeFileSync(join(HERE, `${name}.webp`), made);
      await context.close();
    }
  } finally {
    await browser.close();
    await hub.putAway();
  }
}

await main();
