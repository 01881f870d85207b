// The log: searched while somebody types, live, and still under whoever reads; charts by keyboard.

import { expect, open, test } from "./fixtures.js";

test("typing searches, marks what was found, and writes it into the address; Back and a shared address show the same", async ({ page }) => {
  await open(page, "/log", ".log-line");
  await page.keyboard.press("/");
  await page.keyboard.type("stairs");
  await expect(page).toHaveURL(/search=stairs/);
  await expect(page.locator(".log-line mark").first()).toHaveText("Stairs");
  await expect(page.locator(".log-line").filter({ hasNotText: "Stairs" })).toHaveCount(0);
  await page.reload();
  await expect(page.getByLabel("Search the log")).toHaveValue("stairs");
  await expect(page.locator(".log-line mark").first()).toHaveText("Stairs");
  await page.getByLabel("Search the log").fill("there is no such line");
  await expect(page.locator(".log-status")).toHaveText("No line is like that.");
});

test("answers to what is not asked any more are not shown", async ({ page }) => {
  await open(page, "/log", ".log-line");
  // The first answer is held back until the second question was answered.
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => { release = () => resolve(undefined); });
  await page.route(/search=gard(&|$)/, async (route) => { await held; await route.continue().catch(() => {}); });
  const slow = page.waitForRequest(/search=gard(&|$)/);
  await page.getByLabel("Search the log").fill("gard");
  await slow;
  await page.getByLabel("Search the log").fill("cellar");
  await expect(page.locator(".log-line mark").first()).toHaveText("Cellar");
  release();
  await page.unrouteAll({ behavior: "wait" });
  await expect(page.locator(".log-line").filter({ hasNotText: "Cellar" })).toHaveCount(0);
});

test("new lines come by themselves at the top, and wait while somebody reads further down", async ({ page, hub }) => {
  await page.setViewportSize({ width: 900, height: 400 });
  await open(page, "/log?node=Garden", ".log-line");
  const line = (/** @type {string} */ words) => hub.send([{ old: `Garden Door|note|${words}`, picture: null }]);
  await line("the first");
  await expect(page.locator(".log-line").first()).toContainText("the first");

  const read = page.locator(".log-line").nth(20);
  await read.scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollTo(0, Math.max(400, scrollY)));
  const before = { text: await read.textContent(), top: (await read.boundingBox())?.y };
  await line("the second");
  await expect(page.getByRole("button", { name: "1 new line" })).toBeVisible();
  await expect(page.locator(".log-line").first()).not.toContainText("the second");
  expect(await read.textContent()).toBe(before.text);
  expect(Math.abs(((await read.boundingBox())?.y ?? 0) - (before.top ?? 0))).toBeLessThan(60);
  await page.getByRole("button", { name: "1 new line" }).click();
  await expect(page.locator(".log-line").first()).toContainText("the second");
  await expect(page.locator(".log-new")).toBeHidden();
});

test("however far somebody scrolls, the document stays small, and the way back is there", async ({ page, hub }) => {
  await hub.send(Array.from({ length: 1400 }, (_, place) => ({ old: `Ledger Desk|count|${place}`, picture: null })));
  await open(page, "/log?node=Ledger", ".log-line");
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    expect(await page.locator(".log-line").last().textContent()).toMatch(/\|count\|0$/);
  }).toPass();
  expect(await page.locator(".log-line").count()).toBeLessThanOrEqual(800);
  await page.keyboard.press("n");
  await expect(page.locator(".log-line").first()).toContainText("|count|1399");
});

test("a chart is read with the arrow keys, in words with unit", async ({ page }) => {
  await open(page, "/log?show=readings&node=Garden&span=hours", ".plot-line");
  const chart = page.getByRole("slider", { name: /Temp · Garden Pond/ });
  await chart.focus();
  await page.keyboard.press("Home");
  await expect(chart).toHaveAttribute("aria-valuenow", "0");
  await expect(chart).toHaveAttribute("aria-valuetext", /\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d \(\d\d:\d\d at the hub\): [\d.]+ C/);
  const first = await page.locator(".plot-readout").first().textContent();
  await page.keyboard.press("ArrowRight");
  await expect(chart).toHaveAttribute("aria-valuenow", "1");
  expect(await page.locator(".plot-readout").first().textContent()).not.toBe(first);
  await chart.hover();
  await expect(page.locator(".plot-spot").first()).toBeVisible();
});
