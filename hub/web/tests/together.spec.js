// Several people, or one with several windows: what one does the others see, where it is the same for all.

import { expect, logIn, open, test } from "./fixtures.js";
import { until } from "./hub.js";
import { Node } from "./story.js";

/** An event of a node of its own, by its number. @param {import("./hub.js").Hub} hub @param {string} name */
async function eventOf(hub, name) {
  await hub.send(new Node(name, "10000000abcdef05", "0.1.0").event("Yard", Date.now() - 60_000, name).messages);
  const event = await until(async () => (await hub.get(`/api/events?node=${name}&kind=motion`)).events.find((/** @type {any} */ one) => one.end && one.images === 3), "the event");
  return Number(event.number);
}

test("what is reviewed, pinned and deleted in one window shows in the others by itself", async ({ page, hub, context }) => {
  const number = await eventOf(hub, "Paddock");
  const other = await context.newPage();
  await open(page, "/?node=Paddock", ".card");
  await open(other, `${hub.page}/event/${number}`, ".player img");
  const card = page.locator(`.card[data-event="${number}"]`);
  await expect(other.getByRole("button", { name: "Mark reviewed" })).toBeVisible();

  await card.locator('[data-does="review"]').click();
  await expect(other.getByRole("button", { name: "Reviewed" })).toHaveAttribute("aria-pressed", "true");
  await card.locator('[data-does="pin"]').click();
  await expect(other.getByRole("button", { name: "Pinned", exact: true })).toHaveAttribute("aria-pressed", "true");
  await other.keyboard.press("r");
  await expect(card.locator('[data-does="review"]')).toHaveAttribute("aria-pressed", "false");
  await other.keyboard.press("p");
  await expect(card.locator('[data-does="pin"]')).toHaveAttribute("aria-pressed", "false");

  // From the command line as well.
  hub.command(["pin", String(number)]);
  await expect(card.locator('[data-does="pin"]')).toHaveAttribute("aria-pressed", "true");
  await expect(other.getByRole("button", { name: "Pinned", exact: true })).toBeVisible();
  await other.keyboard.press("p");
  await expect(card.locator('[data-does="pin"]')).toHaveAttribute("aria-pressed", "false");

  await other.getByRole("button", { name: "Delete its frames" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Delete 3 frames" }).click();
  await expect(card).toContainText("Its images were deleted");
});

test("pins are everybody's, and what somebody has reviewed is their own", async ({ guarded, browser }) => {
  const number = await eventOf(guarded, "Meadowgate");
  const windows = await Promise.all(["ann", "rob"].map(async (user) => {
    const page = await browser.newPage({ baseURL: guarded.page });
    await logIn(page, user);
    await open(page, "/?node=Meadowgate", ".card");
    return page.locator(`.card[data-event="${number}"]`);
  }));
  const [ann, rob] = /** @type {[import("@playwright/test").Locator, import("@playwright/test").Locator]} */ (windows);
  await ann.locator('[data-does="review"]').click();
  await ann.locator('[data-does="pin"]').click();
  await expect(rob.locator('[data-does="pin"]')).toHaveAttribute("aria-pressed", "true");
  await expect(rob.locator('[data-does="review"]')).toHaveAttribute("aria-pressed", "false");
  await rob.page().reload();
  await expect(rob.locator('[data-does="review"]')).toHaveAttribute("aria-pressed", "false");
  await Promise.all(windows.map((one) => one.page().close()));
});
