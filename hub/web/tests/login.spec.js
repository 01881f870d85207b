// Who is asked for a name, what is said of a wrong one, and what becomes of an open page whose session has ended elsewhere.

import { expect, logIn, open, serious, test } from "./fixtures.js";
import { PASSWORD } from "./hub.js";

test.use({ baseURL: async ({ guarded }, use) => use(guarded.page), expected: /status of (401|429)/ });

/** @param {import("@playwright/test").Page} page @param {string} user @param {string} password */
async function fill(page, user, password) {
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

test("a stranger logs in, is told that it was wrong, and comes to where they wanted to go", async ({ page }) => {
  await page.goto("/log?search=Garden");
  await expect(page).toHaveURL(/\/login\?to=%2Flog%3Fsearch%3DGarden$/);
  await expect(page.getByRole("navigation")).toBeHidden();
  await fill(page, "ann", "not that one");
  await expect(page.getByRole("alert")).toHaveText("Name or password are wrong.");
  await fill(page, "nobody", PASSWORD);
  await expect(page.getByRole("alert")).toHaveText("Name or password are wrong.");
  await fill(page, "Ann", PASSWORD);
  await expect(page).toHaveURL(/\/log\?search=Garden$/);
  await expect(page.locator(".log-line mark").first()).toHaveText("Garden");
  await expect(page.getByRole("button", { name: "Logged in as ann" })).toBeVisible();
});

test("nobody is sent elsewhere after a log-in", async ({ page }) => {
  for (const to of ["https://elsewhere.example/", "//elsewhere.example/", "data:text/html,elsewhere", "/login?to=/login"]) {
    await page.goto(`/login?to=${encodeURIComponent(to)}`);
    await fill(page, "lea", PASSWORD);
    await expect(page.locator("#main .card").first()).toBeVisible();
    expect(new URL(page.url()).pathname).toBe("/");
    await page.context().clearCookies();
  }
});

test("after many wrong passwords it says how long to wait, whoever one says to be", async ({ page }) => {
  await page.goto("/login");
  const alert = page.getByRole("alert");
  for (let count = 0; count < 6; count += 1) {
    await fill(page, "mallory", `guess ${count}`);
    await expect(alert).toHaveText("Name or password are wrong.");
  }
  await fill(page, "mallory", "guess 6");
  await expect(alert).toHaveText(/^Too many wrong passwords; try again in \d+ seconds?\.$/);
  await fill(page, "ann", PASSWORD);
  await expect(page.locator("#main .card").first()).toBeVisible();
});

for (const [name, address, shows] of [["the log", "/log?node=Garden", ".log-line"], ["an event", "/event/", "h1"]]) {
  test(`${name}: a session that ends elsewhere brings the log-in under an open page, and back to it`, async ({ page, guarded }) => {
    const to = address === "/event/" ? `/event/${(await guarded.get("/api/events?view=Door")).events[0].number}` : address;
    await logIn(page, "lea");
    await open(page, to, shows);
    guarded.command(["user", "sessions", "lea", "--revoke"]);
    await expect(page).toHaveURL(/\/login\?to=/);
    await fill(page, "lea", PASSWORD);
    await expect(page).toHaveURL(new RegExp(`${to.replace(/[?]/g, "\\?")}$`));
    await expect(page.locator(`#main ${shows}`).first()).toBeVisible();
  });
}

test("whoever logs out leaves nothing behind the Back button", async ({ page }) => {
  await logIn(page, "lea");
  await open(page, "/", ".card");
  await page.getByRole("button", { name: "Logged in as lea" }).click();
  await expect(page.getByRole("dialog")).toContainText("Your role is viewer");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goBack();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator(".card")).toHaveCount(0);
  expect((await page.request.get("/api/events")).status()).toBe(401);
});

test("the log-in fits 320 pixels, and axe finds nothing serious", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/login");
  await fill(page, "ann", "not that one");
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  expect(await serious(page)).toEqual([]);
});
