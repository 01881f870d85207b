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
  await page.goBack();
  await expect(page.locator("#main .card").first()).toBeVisible();
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
