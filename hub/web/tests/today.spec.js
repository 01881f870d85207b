// Today by keyboard alone.

import { expect, open, test } from "./fixtures.js";

test("arrows move, r marks reviewed, p pins, Enter opens and Back comes back, ? lists the keys", async ({ page, hub }) => {
  await open(page, "/?node=Garden", ".card");
  await page.keyboard.press("ArrowRight");
  const first = await page.evaluate(() => document.activeElement?.closest(".card")?.getAttribute("data-event"));
  expect(first).toBeTruthy();
  await page.keyboard.press("ArrowRight");
  const second = await page.evaluate(() => document.activeElement?.closest(".card")?.getAttribute("data-event"));
  expect(second).toBeTruthy();
  expect(second).not.toBe(first);

  const card = page.locator(`.card[data-event="${second}"]`);
  await page.keyboard.press("r");
  await expect(card.locator('[data-does="review"]')).toHaveAttribute("aria-pressed", "true");
  await expect.poll(async () => (await hub.get(`/api/events/${second}`)).reviewed).toBe(true);
  await page.keyboard.press("p");
  await expect(card.locator('[data-does="pin"]')).toHaveAttribute("aria-pressed", "true");
  await expect.poll(async () => (await hub.get(`/api/events/${second}`)).pinned).toBe(true);
  await page.keyboard.press("r");
  await expect.poll(async () => (await hub.get(`/api/events/${second}`)).reviewed).toBe(false);

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/event\/\d+/);
  await page.keyboard.press("Escape");
  await expect(card.locator(".card-link")).toBeFocused();
});

test("the filter's panel keeps what was chosen, also what it does not ask for and what nobody knows", async ({ page, hub }) => {
  await open(page, "/?node=garden&node=Nobody&state=moving", ".card");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(page.getByRole("checkbox", { name: "Nobody", exact: true })).toBeChecked();
  const names = (await hub.get("/api/nodes")).map((/** @type {{node: string}} */ { node }) => node);
  for (const name of names) await expect(page.getByRole("checkbox", { name, exact: true }).first()).toBeAttached();
  await page.getByLabel("From, time of day").fill("00:00");
  await page.getByLabel("Until").fill("23:59");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/time_from=00/);
  const { searchParams } = new URL(page.url());
  expect([searchParams.getAll("node").sort(), searchParams.get("state")]).toEqual([["Garden", "Nobody"], "moving"]);
});

test.describe("an address that means nothing", () => {
  test.use({ expected: /There is no such/ });
  for (const [address, words] of /** @type {const} */ ([["/day/2026-13-45", "There is no such day."], ["/nodes/%zz", "There is no such page."]])) {
    test(`says so: ${address}`, async ({ page }) => {
      await page.goto(address);
      await expect(page.getByRole("alert")).toContainText(words);
    });
  }
});

test("what is not reviewed is counted anew as somebody reviews", async ({ page }) => {
  await open(page, "/?node=Garden&view=Path", ".card");
  const left = async () => (await page.locator(".day-new").allTextContents()).reduce((sum, text) => sum + Number.parseInt(text, 10), 0);
  await expect.poll(left).toBeGreaterThan(0);
  const before = await left();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("r");
  await expect.poll(left).toBe(before - 1);
  await page.keyboard.press("r");
  await expect.poll(left).toBe(before);
});
