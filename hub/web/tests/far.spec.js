// A hub that is far away: what a browser asks it for, and what it has already.

import { expect, open, test } from "./fixtures.js";

/** What was loaded of the page's files: where it was asked for, and whether over the network. @param {import("@playwright/test").Page} page */
function files(page) {
  return page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/files/"))
    .map((entry) => ({ name: entry.name, isNew: /** @type {PerformanceResourceTiming} */ (entry).transferSize > 0 })));
}

test("a browser that was there before asks for none of the page's files, on whatever page", async ({ page }) => {
  await open(page, "/", ".card");
  const first = await files(page);
  expect(first.filter(({ isNew }) => isNew).length).toBeGreaterThan(30);
  for (const [address, shows] of /** @type {const} */ ([["/", ".card"], ["/calendar", "h1"], ["/log", "h1"], ["/nodes", "h1"]])) {
    await open(page, address, shows);
    expect((await files(page)).filter(({ isNew }) => isNew), address).toEqual([]);
  }
});

test("with 300 ms to the hub and back, what somebody sees first comes while they wait, and the way to another page takes no loading", async ({ page, context }) => {
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 300, downloadThroughput: 1e6, uploadThroughput: 5e5 });
  await open(page, "/", ".card img");
  await page.waitForLoadState("load");
  const before = (await files(page)).map(({ name }) => name);
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await expect(page.locator("#main .log-line").first()).toBeVisible();
  const after = (await files(page)).map(({ name }) => name);
  expect(after.filter((name) => !before.includes(name)), "asked for on the way").toEqual([]);
});
