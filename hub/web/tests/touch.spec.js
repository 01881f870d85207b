// A phone, by finger: strokes along pictures go through the frames, strokes along the page scroll it.

import { expect, open, test } from "./fixtures.js";

test.use({ viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true });

/** @typedef {{x: number, y: number}} Point */

/** A finger that has not moved for so long does not fling. */
const REST_S = 0.3;

/**
 * A finger that goes through `points`; `each` is called while it rests on one of them. It has come to rest on the last one before
 * it is lifted, by the times that the browser is told: else it flings, and the browser takes the next tap for the end of that.
 * @param {import("@playwright/test").Page} page
 * @param {Point[]} points
 * @param {(place: number) => Promise<void>} [each]
 */
async function stroke(page, points, each) {
  const devtools = await page.context().newCDPSession(page);
  const touch = (/** @type {"touchStart" | "touchMove" | "touchEnd"} */ type, /** @type {Point[]} */ touchPoints, later = 0) =>
    devtools.send("Input.dispatchTouchEvent", { type, touchPoints, timestamp: Date.now() / 1000 + later });
  for (const [place, point] of points.entries()) {
    await touch(place === 0 ? "touchStart" : "touchMove", [point]);
    if (place > 0) await each?.(place);
  }
  await touch("touchMove", points.slice(-1), REST_S);
  await touch("touchEnd", [], REST_S);
  await devtools.detach();
}

/** Points along a picture, from left to right, as shares of its width. @param {import("@playwright/test").Locator} picture @param {number[]} shares */
async function along(picture, shares) {
  const box = await picture.boundingBox();
  if (!box) throw new Error("it is not there");
  return shares.map((share) => ({ x: box.x + share * box.width, y: box.y + box.height / 2 }));
}

test("a stroke along a card plays its frames and opens nothing; a tap opens it", async ({ page }) => {
  await open(page, "/?node=Garden&view=Door&kind=motion", ".card");
  const frame = page.locator(".card-frame").first();
  await frame.scrollIntoViewIfNeeded();
  /** @type {Set<string | null>} */
  const shown = new Set();
  const film = frame.locator(".film");
  await stroke(page, await along(frame, [0.1, 0.2, 0.3, 0.5, 0.9]), async (place) => {
    if (place < 2) return;
    // Frames come while the finger is there: it waits for them, moving a little.
    await expect(film).toBeVisible();
    shown.add(await film.getAttribute("src"));
  });
  expect(shown.size).toBeGreaterThan(1);
  await expect(film).toHaveCount(0);
  expect(new URL(page.url()).pathname).toBe("/");
  await frame.tap();
  await expect(page).toHaveURL(/\/event\/\d+/);
});

test("a stroke along the page scrolls, also where it begins on a card", async ({ page }) => {
  await open(page, "/?node=Garden", ".card");
  const [from] = await along(page.locator(".card-frame").first(), [0.5]);
  if (!from) throw new Error("no card");
  await stroke(page, Array.from({ length: 8 }, (_, step) => ({ x: from.x, y: from.y - 25 * step })));
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(50);
  await expect(page.locator(".film")).toHaveCount(0);
});

/**
 * All that an element says in turn, however short, from now on and until it says `last`.
 * @param {import("@playwright/test").Locator} element @param {string} last @returns {Promise<string[]>}
 */
function shownUntil(element, last) {
  return element.evaluate((told, end) => new Promise((done) => {
    /** @type {string[]} */
    const texts = [];
    new MutationObserver(() => {
      texts.push(told.textContent ?? "");
      if (texts.at(-1)?.includes(end) && texts.length > 1) done(texts);
    }).observe(told, { subtree: true, childList: true, characterData: true });
  }), last);
}

test("on an event's page a finger along the picture or the strip goes through the frames, and a tap plays", async ({ page, hub }) => {
  const { events } = await hub.get("/api/events?node=Garden&view=Door&kind=motion");
  await open(page, `/event/${events[0].number}`, ".player img");
  const told = page.locator(".player-told");
  for (const of of [page.locator(".stage"), page.locator(".strip")]) {
    await of.scrollIntoViewIfNeeded();
    await stroke(page, await along(of, [0.5, 0.3, 0.02]));
    await expect(told).toContainText("1 of 3");
    await stroke(page, await along(of, [0.2, 0.5, 0.98]));
    await expect(told).toContainText("3 of 3");
    await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
  }
  const seen = shownUntil(told, "3 of 3");
  await page.locator(".stage").tap();
  expect((await seen).filter((text) => text.includes("1 of 3"))).not.toEqual([]);
});

test("on a phone held sideways an event's picture is on the screen as a whole", async ({ page, hub }) => {
  const { events } = await hub.get("/api/events?node=Garden&view=Door&kind=motion");
  await page.setViewportSize({ width: 667, height: 375 });
  await open(page, `/event/${events[0].number}`, ".player img");
  await expect(page.locator(".stage")).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole("heading", { name: "Door" })).toBeInViewport({ ratio: 1 });
});

for (const [name, address, shows] of [["Today", "/", ".card"], ["the log", "/log", ".log-line"], ["nodes", "/nodes", ".node-card"], ["the calendar", "/calendar", "a.day"]]) {
  test(`${name}: what is pressed is as large as a finger wants it`, async ({ page }) => {
    await open(page, address, shows);
    const small = await page.locator("#main :is(button, .icon-button, .chip, .nav a):visible").evaluateAll((all) => all
      .map((element) => ({ box: element.getBoundingClientRect(), name: element.getAttribute("aria-label") ?? element.textContent }))
      // 24 pixels are what WCAG 2.2 asks of a target.
      .filter(({ box }) => box.width < 24 || box.height < 24).map(({ box, name: of }) => `${of}: ${Math.round(box.width)} x ${Math.round(box.height)}`));
    expect(small).toEqual([]);
  });
}
