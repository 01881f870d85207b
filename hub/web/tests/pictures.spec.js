// Pictures that belong to no event: they are found without knowing when they were taken, and looked at as an event's are. And how the hub
// itself is.

import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, open, test } from "./fixtures.js";
import { Hub, until } from "./hub.js";

const DAY = 24 * 3_600_000;

/** Four pictures of a node that tells of no events, taken long ago within a few seconds. */
const LONG_AGO = (() => {
  const at = Date.now() - 400 * DAY;
  const keys = { picket: 1, node: "Loft", view: "Window" };
  const image = (/** @type {number} */ seq) => ({ picture: `Loft ${seq}`, keys: { ...keys, msg: "Loft Window|jpg", kind: "image", stream: "a".repeat(32), seq, prev: seq - 1,
    at: new Date(at + seq * 1500).toISOString(), data: { role: "snapshot", width: 640, height: 360 } } });
  return [{ picture: null, keys: { ...keys, msg: "Loft|hello", kind: "hello", data: { hardware: "loft", version: "0.1.0" } } }, ...[1, 2, 3, 4].map(image)];
})();

test.beforeAll(async ({ hub }) => {
  await hub.send(LONG_AGO);
  await until(async () => (await hub.get("/api/images?node=Loft")).images.length === 4, "the loft's pictures");
});

test("a node that tells of no events has its pictures in the list, as one card", async ({ page }) => {
  await open(page, "/?node=Loft", ".card");
  await expect(page.locator(".card")).toHaveCount(1);
  await expect(page.locator(".card")).toContainText("4");
  await page.locator(".card a").click();
  await expect(page).toHaveURL(/\/image\/\d+$/);
  await expect(page.getByRole("heading", { name: "Window" })).toBeVisible();
  await expect(page.locator(".player-told")).toContainText("3 of 4");
});

test("keys go through its pictures, and the address says which one is shown", async ({ page, hub }) => {
  const numbers = (await hub.get("/api/images?node=Loft")).images.map((/** @type {{number: number}} */ { number }) => number).reverse();
  await open(page, `/image/${numbers[1]}`, ".player-told");
  await expect(page.locator(".player-told")).toContainText("2 of 4");
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(new RegExp(`/image/${numbers[2]}$`));
  await page.keyboard.press("p");
  await expect.poll(async () => (await hub.get(`/api/images/${numbers[2]}`)).pinned).toBe(true);
  await page.keyboard.press("p");
  await expect.poll(async () => (await hub.get(`/api/images/${numbers[2]}`)).pinned).toBe(false);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/day\/\d{4}-\d\d-\d\d$/);
  await expect(page.locator(".card")).toHaveCount(1);
});

test("the calendar begins where there is something, and other years are one press away", async ({ page }) => {
  await open(page, "/calendar?node=Loft", "a.day");
  await expect(page.locator("a.day")).toHaveCount(1);
  await open(page, "/calendar", "a.day");
  const years = page.getByRole("navigation", { name: "Years" });
  await years.getByRole("link").last().click();
  await expect(page).toHaveURL(/\/calendar\?year=\d{4}$/);
  await page.locator("a.day").first().click();
  await expect(page.locator("#main .card").first()).toBeVisible();
});

test("the page of the nodes tells how the hub is", async ({ page, hub }) => {
  await open(page, "/nodes", ".hub-told");
  const { checks } = await hub.get("/healthz");
  expect(Object.keys(checks).length).toBe(4);
  await expect(page.locator(".hub-checks dt")).toHaveText(["Intake", "Shelving", "Disk", "Index"]);
  await expect(page.locator(".hub-panel")).toContainText("Well");
  await expect(page.locator(".hub-panel")).toContainText("free");
});

test("a hub whose folder of images is away says what to do, and is well again when it is back", async ({ page, complaints }) => {
  const hub = await Hub.start();
  const images = join(hub.folder, "data", "images");
  try {
    await rename(images, `${images}-away`);
    await writeFile(images, "");
    await until(async () => !(await fetch(`${hub.page}/healthz`)).ok, "the hub to notice");
    await open(page, `${hub.page}/nodes`, ".hub-panel .is-wrong");
    await expect(page.locator(".is-wrong").filter({ hasText: "Disk" })).toContainText("df -h");
    await rm(images);
    await rename(`${images}-away`, images);
    await until(async () => (await fetch(`${hub.page}/healthz`)).ok, "the hub to be well again");
    await open(page, `${hub.page}/nodes`, ".hub-panel[data-look=good]");
  } finally {
    // A page that is open says that its hub is gone.
    await page.goto("about:blank");
    await hub.putAway();
  }
  // The browser itself says that the hub's answer was 503.
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("503")));
});
