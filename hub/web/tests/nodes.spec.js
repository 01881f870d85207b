// Nodes: who needs somebody comes first, and is told what to do.

import { expect, open, test } from "./fixtures.js";

test("those in trouble come first, in words", async ({ page }) => {
  await open(page, "/nodes", ".node-card");
  const names = await page.locator(".node-card h2").allTextContents();
  expect(names.indexOf("Shed")).toBeLessThan(names.indexOf("Garden"));
  expect(names.indexOf("Barn")).toBeLessThan(names.indexOf("Garden"));
  const shed = page.locator(".node-card").filter({ hasText: "Shed" });
  await expect(shed).toContainText("problems");
  await expect(shed).toContainText("disk nearly full");
  await expect(page.locator(".node-card").filter({ hasText: "Garden" })).toContainText("Well");
});

for (const [node, wrong, todo] of [
  ["Shed", "disk nearly full", "Make room on the node"],
  ["Shed", "clock not set", "timedatectl"],
  ["Shed", "no frames from Bench", "Is the cable in"],
  ["Shed", "is older than this hub's", "Install this hub's version"],
  ["Barn", "serial", "Give one of them another name"],
]) {
  test(`${node}, ${wrong}: it says what to do`, async ({ page }) => {
    await open(page, `/nodes/${node}`, ".node-trouble");
    await expect(page.locator(".node-trouble").filter({ hasText: wrong })).toContainText(todo);
  });
}

test("a node's pictures, machine, waiting messages and health are there", async ({ page }) => {
  await open(page, "/nodes/Shed", ".facts");
  await expect(page.getByText("120 messages")).toBeVisible();
  await expect(page.getByRole("img", { name: "The latest picture of Shed Bench" })).toBeVisible();
  await expect(page.locator(".node-views img").first()).toHaveJSProperty("complete", true);
  expect(await page.locator(".node-views img").first().evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth)).toBeGreaterThan(0);
  await expect(page.getByRole("slider", { name: /Temperature of Shed/ })).toBeVisible();
});
