// A hub of which nobody has sent anything yet, and its first event.

import { expect, serious, test } from "./fixtures.js";
import { Hub } from "./hub.js";
import { Node } from "./story.js";

test("a hub without a node says how to begin, and its first event shows by itself", async ({ page }) => {
  const hub = await Hub.start();
  try {
    for (const [address, heading] of [["/", "Waiting for the first node"], ["/nodes", "No node has been heard yet"], ["/calendar", "Calendar"], ["/log", "Log"]]) {
      await page.goto(hub.page + address);
      await expect(page.getByRole("heading", { name: heading })).toBeVisible();
      expect(await serious(page), address).toEqual([]);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(`${hub.page}/`);
    await expect(page.getByText(`connect: "${hub.address}"`)).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await hub.send(new Node("Barn", "10000000abcdef06", "0.1.0").event("Door", Date.now() - 5_000, "first").messages);
    await expect(page.locator(".card")).toHaveCount(1);
    await expect(page.locator(".card img").first()).toHaveJSProperty("complete", true);
  } finally {
    // A page that is open says that its hub is gone.
    await page.goto("about:blank");
    await hub.putAway();
  }
});
