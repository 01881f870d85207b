// Days and filters: what is counted is what a day shows, and everything that is asked for stands in the address.

import { expect, open, test } from "./fixtures.js";
import { orchard } from "./story.js";

test("a day says how much happened, and leads to it", async ({ page, hub }) => {
  await open(page, "/calendar?node=Garden", "a.day");
  const { days } = await hub.get("/api/days?node=Garden");
  const newest = days.at(-1).day > days[0].day ? days.at(-1) : days[0];
  const link = page.locator(`a.day[data-day="${newest.day}"]`);
  const words = `: ${newest.events} ${newest.events === 1 ? "event" : "events"}, ${newest.unreviewed ? `${newest.unreviewed} not reviewed` : "all reviewed"}`;
  await expect(link).toHaveAttribute("aria-label", new RegExp(`${words}$`));
  await link.click();
  await expect(page).toHaveURL(new RegExp(`/day/${newest.day}\\?node=Garden$`));
  await expect(page.locator("#main .card").first()).toBeVisible();
  // Asked for a day, the hub gives also what had begun on the one before and went on.
  const { zone } = await hub.get("/api/hub");
  const { events } = await hub.get(`/api/events?node=Garden&since=${newest.day}&until=${newest.day}&limit=500`);
  const begun = events.map((/** @type {{start: string}} */ { start }) => new Date(start).toLocaleDateString("sv", { timeZone: zone }));
  expect(begun.filter((/** @type {string} */ day) => day === newest.day)).toHaveLength(newest.events);
  await page.goBack();
  await expect(link).toBeVisible();
});

test("the arrow keys walk over the days that have something", async ({ page }) => {
  await open(page, "/calendar", "a.day");
  await page.keyboard.press("ArrowRight");
  const focused = await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.day);
  expect(focused).toMatch(/^\d{4}-\d\d-\d\d$/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/day/${focused}$`));
});

/** What is shown as cards: every place that any of them names. @param {import("@playwright/test").Page} page */
async function places(page) {
  await expect(page.locator("#main .card").first()).toBeVisible();
  return [...new Set(await page.locator(".card-place").allTextContents())].sort();
}

test("filters by node, view, kind, label and time of day are chosen in the panel, stand in the address, and outlive a reload", async ({ page, hub }) => {
  await hub.send(orchard(2, 30));
  await expect.poll(async () => (await hub.get("/api/events?node=Orchard&label=visitor")).events.length).toBeGreaterThanOrEqual(2);
  await open(page, "/", ".card");
  const panel = page.locator(".filter-panel");
  const choose = async (/** @type {() => Promise<void>} */ how) => {
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await expect(panel.locator("form")).toBeVisible();
    await how();
    await panel.getByRole("button", { name: "Show" }).click();
    await expect(panel).toBeHidden();
  };
  await choose(async () => {
    await panel.locator("label", { hasText: /^Orchard$/ }).click();
    await panel.getByLabel("Kind").fill("motion");
  });
  await expect(page).toHaveURL(/\?node=Orchard&kind=motion$/);
  expect((await places(page)).join()).toMatch(/Gate.*Trees|Trees.*Gate/);
  await choose(() => panel.getByLabel("Label").fill("visitor"));
  await expect(page).toHaveURL(/node=Orchard&kind=motion&label=visitor$/);
  expect(await places(page)).toEqual(["Gate"]);
  await page.reload();
  expect(await places(page)).toEqual(["Gate"]);

  // A time of day, by the hub's clock, around the oldest of them.
  const oldest = (await hub.get("/api/events?node=Orchard&label=visitor&limit=500")).events.at(-1).start;
  const clock = (/** @type {number} */ minutes) => new Date(Date.parse(oldest) + minutes * 60_000)
    .toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit", minute: "2-digit" });
  await choose(async () => {
    await panel.getByLabel("From, time of day at the hub").fill(clock(-1));
    await panel.getByLabel("Until", { exact: true }).fill(clock(1));
  });
  await expect(page).toHaveURL(/time_from=\d\d%3A\d\d&time_to=\d\d%3A\d\d$/);
  await page.reload();
  const found = (await hub.get(`/api/events?node=Orchard&label=visitor&time_from=${clock(-1)}&time_to=${clock(1)}`)).events.length;
  await expect(page.locator("#main .card").first()).toBeVisible();
  await expect(page.locator(".card")).toHaveCount(found);

  // Each filter is a chip that takes itself away; the calendar keeps them.
  await page.getByRole("button", { name: "Without Label visitor" }).click();
  await expect(page).not.toHaveURL(/label=/);
  await page.getByRole("button", { name: /Without From/ }).click();
  await page.getByRole("button", { name: /Without Until/ }).click();
  await page.getByRole("button", { name: "Without Kind motion" }).click();
  await expect(page).toHaveURL(/\?node=Orchard$/);
  await page.getByRole("button", { name: "Not reviewed" }).click();
  await expect(page).toHaveURL(/node=Orchard&reviewed=false$/);
  await choose(() => panel.locator("label", { hasText: /^Trees$/ }).click());
  expect(await places(page)).toEqual(["Trees"]);
});

test("where nothing is as the filters want it, the page says so and offers the way out", async ({ page }) => {
  await page.goto("/?node=Garden&kind=flood");
  await expect(page.getByRole("heading", { name: "Nothing like that" })).toBeVisible();
  await page.getByRole("link", { name: "Without filters" }).click();
  await expect(page.locator("#main .card").first()).toBeVisible();
});
