// One event: its frames by slider, keys and playback; what the detector saw; the same time elsewhere; download, pin, delete.

import { basename } from "node:path";
import { expect, open, test } from "./fixtures.js";
import { until } from "./hub.js";
import { orchard } from "./story.js";

let turns = 0;

/** Makes events of its own, and gives those of both views: no moment of which others are part. @param {import("./hub.js").Hub} hub */
async function seen(hub) {
  const known = (await hub.get("/api/events?node=Orchard&limit=500")).events.map((/** @type {any} */ { number }) => number);
  const before = Math.max(0, ...known);
  turns += 1;
  await hub.send(orchard(1, 20 + 5 * turns));
  const found = await until(async () => {
    const { events } = await hub.get("/api/events?node=Orchard&kind=motion&limit=500");
    const fresh = events.filter((/** @type {any} */ event) => event.number > before && event.end);
    return fresh.length === 2 ? fresh : null;
  }, "the orchard's events");
  return { gate: found.find((/** @type {any} */ event) => event.view === "Gate"), trees: found.find((/** @type {any} */ event) => event.view === "Trees") };
}

test("slider, keys and playback go through the frames, and the address says which one is shown", async ({ page, hub }) => {
  const { gate } = await seen(hub);
  await open(page, `/event/${gate.number}`, ".player img");
  const [slider, told] = [page.getByRole("slider", { name: "Frame" }), page.locator(".player-told")];
  await expect(told).toContainText("best");
  await expect(told).toContainText("2 of 3");
  await page.keyboard.press("Home");
  await expect(told).toContainText("1 of 3");
  await expect(page).toHaveURL(/image=\d+/);
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(told).toContainText("3 of 3");
  await expect(slider).toHaveAttribute("aria-valuetext", /^Frame 3 of 3, \d\d:\d\d:\d\d, during$/);
  const shown = await page.locator(".stage img").getAttribute("src");
  await expect(page).toHaveURL(new RegExp(`image=${shown?.match(/images\/(\d+)/)?.[1]}`));
  await page.reload();
  await expect(told).toContainText("3 of 3");

  await page.getByRole("button", { name: "Speed: 1 times" }).click();
  await expect(page.getByRole("button", { name: "Speed: 2 times" })).toBeVisible();
  // From the end it plays from the beginning, and stops at the end.
  const frames = page.evaluate(() => new Promise((done) => {
    /** @type {string[]} */
    const found = [];
    new MutationObserver(() => {
      const text = /(\d) of 3/.exec(document.querySelector(".player-told")?.textContent ?? "")?.[1] ?? "";
      if (found.at(-1) !== text) found.push(text);
      if (found.includes("1") && text === "3") done(found.join());
    }).observe(document.querySelector(".player-told") ?? document.body, { childList: true, subtree: true });
  }));
  await page.getByRole("button", { name: "Play" }).click();
  expect(await frames).toBe("1,2,3");
  await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
});

test("boxes and grid lie over the frame, and stay where the address is shared", async ({ page, hub }) => {
  const { gate } = await seen(hub);
  await open(page, `/event/${gate.number}`, ".player img");
  await expect(page.locator(".overlay rect")).toHaveCount(0);
  await page.keyboard.press("b");
  await page.keyboard.press("g");
  await expect(page).toHaveURL(/show=boxes(%2C|,)grid/);
  await page.reload();
  await expect(page.locator(".overlay-box")).toHaveCount(1);
  await expect(page.locator(".overlay-cell")).toHaveCount(30);
  await expect(page.locator(".overlay")).toHaveAttribute("viewBox", "0 0 640 360");
  const [picture, overlay] = [await page.locator(".stage img").boundingBox(), await page.locator(".overlay").boundingBox()];
  expect(overlay).toEqual(picture);
  await expect(page.locator(".about")).toContainText("changed 4.2 % of the picture");
  await page.getByRole("button", { name: "Cells that changed (g)" }).click();
  await expect(page.locator(".overlay-cell")).toHaveCount(0);
});

test("what another view saw then is beside it, and leads to its events", async ({ page, hub }) => {
  const { gate } = await seen(hub);
  await open(page, `/event/${gate.number}`, ".player img");
  const elsewhere = page.getByRole("region", { name: "At the same time elsewhere" });
  const beside = elsewhere.getByRole("link", { name: /Trees/ });
  await expect(beside.locator("img")).not.toHaveJSProperty("naturalWidth", 0);
  await beside.click();
  await expect(page).toHaveURL(/view=Trees/);
  await expect(page.locator(".card").first()).toContainText("Trees");
});

test("a download has the name of the file in the store", async ({ page, hub }) => {
  const { gate } = await seen(hub);
  const { images } = await hub.get(`/api/events/${gate.number}/images`);
  await open(page, `/event/${gate.number}`, ".player img");
  for (const [key, image] of [["End", images[2]], ["Home", images[0]]]) {
    await page.keyboard.press(key);
    await expect(page.getByRole("link", { name: "Download this frame (d)" })).toHaveAttribute("href", `/api/images/${image.number}.jpg?download`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("d")]);
    expect(download.suggestedFilename()).toBe(basename(image.file));
    expect(download.suggestedFilename()).toMatch(/^Orchard-Gate-\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{6}\.jpg$/);
  }
});

test("what is pinned cannot be deleted; what is deleted is asked for first, is gone, and the event says so", async ({ page, hub }) => {
  const { gate } = await seen(hub);
  const { images } = await hub.get(`/api/events/${gate.number}/images`);
  await open(page, `/event/${gate.number}`, ".player img");
  await page.keyboard.press("p");
  await expect(page.getByRole("button", { name: "Pinned frames are not deleted" })).toBeDisabled();
  await expect.poll(async () => (await hub.get(`/api/events/${gate.number}`)).pinned).toBe(true);
  await page.getByRole("button", { name: "Pinned", exact: true }).click();
  const remove = page.getByRole("button", { name: "Delete its frames" });
  await remove.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("3 frames of Gate will be gone for good");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await hub.get(`/api/events/${gate.number}/images`)).images).toHaveLength(3);

  await remove.click();
  await dialog.getByRole("button", { name: "Delete 3 frames" }).click();
  await expect(page.getByText("The frames of this event were deleted; that it happened is kept.")).toBeVisible();
  await expect(page.locator(".toast")).toHaveText("Its frames were deleted.");
  expect((await hub.get(`/api/events/${gate.number}/images`)).images).toEqual([]);
  expect((await page.request.get(`/api/images/${images[0].number}.jpg`)).status()).toBe(404);
  await page.goto("/?node=Orchard&view=Gate");
  await expect(page.locator(`.card[data-event="${gate.number}"]`)).toContainText("Its images were deleted");
});
