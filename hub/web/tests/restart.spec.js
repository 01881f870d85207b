// The hub goes away and comes back under an open page. Last in its file's order: it stops the hub that the others use, and starts it again.

import { expect, open, test } from "./fixtures.js";

for (const [name, address, shows] of [["the log", "/log", ".log-line"], ["Today", "/", ".card"], ["nodes", "/nodes", ".node-card"]]) {
  test(`${name}: says that the hub is away, keeps what it shows, and goes on by itself`, async ({ page, hub, complaints }) => {
    test.setTimeout(120_000);
    await open(page, address, shows);
    await hub.down();
    try {
      await expect(page.locator(".banner")).toContainText("does not answer", { timeout: 40_000 });
      await expect(page.locator(`#main ${shows}`).first()).toBeVisible();
    } finally {
      await hub.up();
    }
    await expect(page.locator(".banner")).toBeHidden({ timeout: 40_000 });
    if (address === "/log") {
      await hub.send([{ old: "Garden Door|note|after the restart", picture: null }]);
      await expect(page.locator(".log-line").filter({ hasText: "after the restart" })).toBeVisible();
    }
    // What the browser says of connections that failed is as it should be.
    const odd = complaints.filter((text) => !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource|ERR_NETWORK/.test(text));
    complaints.length = 0;
    expect(odd).toEqual([]);
  });
}
