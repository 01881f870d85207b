// What each role may do, what somebody sees who may see one view only, and what another site may do through somebody's browser.

import { createServer } from "node:http";
import { expect, logIn, open, test } from "./fixtures.js";

test.use({ baseURL: async ({ guarded }, use) => use(guarded.page), expected: /status of 40[34]|ApiError: there is no |ERR_BLOCKED_BY_RESPONSE|CORS policy|ERR_FAILED|X-Frame-Options|frame-ancestors/ });

/** The newest event of a view. @param {import("./hub.js").Hub} hub @param {string} view */
async function newest(hub, view) {
  return (await hub.get(`/api/events?view=${view}&kind=motion`)).events[0];
}

for (const [user, marks, deletes] of /** @type {[string, boolean, boolean][]} */ ([["vic", false, false], ["rob", true, false], ["ann", true, true]])) {
  test(`${user} ${marks ? "reviews and pins" : "only sees"}${deletes ? ", and deletes" : ""}`, async ({ page, guarded }) => {
    const event = await newest(guarded, "Path");
    await logIn(page, user);
    await open(page, "/?view=Path", ".card");
    await expect(page.locator('[data-does="review"]')).toHaveCount(marks ? await page.locator(".card").count() : 0);
    await expect(page.locator('[data-does="pin"]')).toHaveCount(marks ? await page.locator(".card").count() : 0);
    await expect(page.getByRole("button", { name: "Mark all reviewed" })).toHaveCount(marks ? 1 : 0);
    await page.keyboard.press("ArrowRight");
    const asked = changes(page);
    await page.keyboard.press("p");
    if (marks) await expect(page.locator('.card [data-does="pin"][aria-pressed="true"]')).toHaveCount(1);
    await page.keyboard.press("r");
    if (marks) await expect(page.locator('.card [data-does="review"][aria-pressed="true"]')).toHaveCount(1);
    // Shown at once, and done a moment later.
    const told = async () => (await page.request.get(`/api/events/${event.number}`)).json();
    if (marks) await expect.poll(told).toMatchObject({ pinned: true, reviewed: true });

    await open(page, `/event/${event.number}`, ".player img");
    await expect(page.getByRole("button", { name: /Pin|Pinned/ })).toHaveCount(marks ? (deletes ? 2 : 1) : 0);
    await expect(page.getByRole("button", { name: /Reviewed|Mark reviewed/ })).toHaveCount(marks ? 1 : 0);
    await expect(page.getByRole("button", { name: /Delete its frames|Pinned frames are not deleted/ })).toHaveCount(deletes ? 1 : 0);
    await page.keyboard.press("r");
    await page.keyboard.press("p");
    if (marks) await expect(page.getByRole("button", { name: "Pin", exact: true })).toHaveAttribute("aria-pressed", "false");
    expect(asked.length > 0, asked.join()).toBe(marks);

    // What the page does not offer the hub refuses.
    const pin = await page.request.put(`/api/events/${event.number}/pin`, { data: { pinned: false } });
    const remove = await page.request.delete(`/api/events/${event.number}/images?confirm=99`);
    expect([pin.status(), remove.status()]).toEqual([marks ? 200 : 403, deletes ? 409 : 403]);
  });
}

/** What the page asks the hub to change, as it comes. @param {import("@playwright/test").Page} page */
function changes(page) {
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => { if (request.method() !== "GET") asked.push(`${request.method()} ${request.url()}`); });
  return asked;
}

test("whoever may see one view sees it alone, on every page", async ({ page, guarded }) => {
  const [own, hidden] = [await newest(guarded, "Door"), await newest(guarded, "Path")];
  await logIn(page, "dora");
  const others = /Path|Shed|Bench|Frost|Dust/;
  /** @type {[string, string, string][]} */
  const pages = [
    ["/", ".card", "Door"], ["/log", ".log-line", "Garden Door"], ["/log?show=readings", ".plot-panel", "Draught"],
    ["/nodes", ".node-card", "Garden"], ["/nodes/Garden", "h1", "Garden"], [`/event/${own.number}`, ".player img", "Door"],
  ];
  for (const [address, shows, there] of pages) {
    await open(page, address, shows);
    await expect(page.locator("#main")).toContainText(there);
    await expect(page.locator("#main"), address).not.toContainText(others);
  }
  await open(page, "/", ".card");
  await expect(page.locator(".card")).toHaveCount(2);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.locator(".filter-panel")).toContainText("Door");
  await expect(page.locator(".filter-panel")).not.toContainText(others);

  await open(page, "/calendar", "a.day");
  const counted = await page.locator("a.day").evaluateAll((links) => links.map((link) => Number(/: (\d+) event/.exec(link.getAttribute("aria-label") ?? "")?.[1])));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(2);

  for (const address of [`/event/${hidden.number}`, "/nodes/Shed"]) {
    await page.goto(address);
    await expect(page.locator("#main .empty")).toBeVisible();
    await expect(page.locator("#main")).not.toContainText(/Path|Bench/);
  }
  for (const path of [`/api/images/${hidden.best_image}.jpg`, `/api/images/${hidden.best_image}/thumb.jpg`, `/api/events/${hidden.number}/images`]) {
    expect((await page.request.get(path)).status(), path).toBe(404);
  }
});

test("another site changes nothing through somebody's browser, not even one on the same machine, and frames nothing", async ({ page, guarded }) => {
  const event = await newest(guarded, "Door");
  await logIn(page, "ann");
  const answer = `<!doctype html><title>elsewhere</title><iframe src="${guarded.page}"></iframe>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(answer)).listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const port = /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  try {
    await page.goto(`http://127.0.0.1:${port}/`);
    // Without the word of where it comes from, the browser's cookie would do: another port is the same site.
    const forged = await page.request.put(`/api/events/${event.number}/pin`, { data: { pinned: true }, headers: { origin: `http://127.0.0.1:${port}` } });
    expect([forged.status(), await forged.text()]).toEqual([403, expect.stringContaining("another site")]);
    const pin = page.evaluate((to) => fetch(to, { method: "PUT", credentials: "include", headers: { "content-type": "application/json" },
      body: '{"pinned":true}' }).then(({ status }) => String(status), () => "refused"), `${guarded.page}/api/events/${event.number}/pin`);
    expect(await pin).toBe("refused");
    expect((await guarded.get(`/api/events/${event.number}`)).pinned).toBe(false);
    expect(page.frames().map((frame) => frame.url())).toEqual([`http://127.0.0.1:${port}/`, "chrome-error://chromewebdata/"]);
  } finally {
    server.close();
  }
});
