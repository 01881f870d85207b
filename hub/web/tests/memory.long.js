// The browser's memory while somebody pages through ten thousand pictures: the elements in the document and the heap stay as they
// were after the first few pages.

import { expect, open, test } from "./fixtures.js";
import { until } from "./hub.js";

const EVENTS = 10_000;
/** After so many events everything that is kept for a while is there. */
const WARM = 1_500;
const MIB = 1 << 20;

test("after paging through 10,000 pictures the document and the heap are as they were after the first ones", async ({ page, hub }) => {
  test.setTimeout(1_500_000);
  await hub.pour("Highway", "Ramp", EVENTS);
  await until(async () => (await hub.get("/api/views")).some((/** @type {any} */ { node, images }) => node === "Highway" && images === EVENTS), "the pictures");
  const devtools = await page.context().newCDPSession(page);
  const measure = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
    return { heap: usedSize / MIB, elements: await page.evaluate(() => document.querySelectorAll("*").length), nodes, listeners: jsEventListeners };
  };

  await open(page, "/?node=Highway&kind=motion", ".card");
  /** @type {Awaited<ReturnType<typeof measure>>[]} */
  const measured = [];
  const seen = { pictures: new Set() };
  let [last, atEnd] = [0, false];
  while (!atEnd) {
    // Asked for first: what the last page brings is counted as well.
    atEnd = await page.locator(".end").count() > 0;
    // To the end of what is there, again and again: each time the next page comes.
    const { numbers, images } = await page.evaluate(() => {
      scrollTo(0, document.documentElement.scrollHeight);
      const cards = [...document.querySelectorAll(".card")];
      return { numbers: cards.map((card) => Number(card.getAttribute("data-event"))),
        images: [...document.querySelectorAll(".card-frame img")].map((image) => /** @type {HTMLImageElement} */ (image).src) };
    });
    images.forEach((src) => seen.pictures.add(src));
    const lowest = Math.min(...numbers);
    if (lowest === last && !atEnd) await page.waitForFunction((before) => document.querySelector(".end") ||
      [...document.querySelectorAll(".card")].some((card) => Number(card.getAttribute("data-event")) < before), last);
    last = lowest;
    if (seen.pictures.size >= WARM + measured.length * 2_000) measured.push(await measure());
  }
  measured.push(await measure());
  const told = measured.map(({ heap, elements, nodes, listeners }) => `${heap.toFixed(1)} MiB, ${elements} elements, ${nodes} nodes, ${listeners} listeners\n`);
  process.stdout.write(told.join(""));
  expect(seen.pictures.size).toBe(EVENTS);
  const [first, end] = [measured[0], measured.at(-1)];
  if (!first || !end || measured.length < 4) throw new Error(`measured ${measured.length} times only`);
  expect(Math.max(...measured.map(({ elements }) => elements))).toBeLessThan(first.elements * 1.5 + 500);
  expect(end.nodes).toBeLessThan(first.nodes * 1.5 + 1_000);
  expect(end.heap).toBeLessThan(first.heap + 4);
});
