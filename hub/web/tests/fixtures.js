// One hub with its story for all tests of a worker, and a page that fails its test for whatever a browser complains of.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test as base } from "@playwright/test";
import { Hub, PASSWORD, until } from "./hub.js";
import { story, twoPlaces } from "./story.js";

/** Of the hub that asks who is there. */
const USERS = [
  ["ann", "--role", "admin"], ["rob", "--role", "reviewer"], ["vic"], ["dora", "--views", "Garden Door"], ["lea"],
];

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * A hub for as long as tests use it. @param {(hub: Hub) => Promise<void>} use @param {(hub: Hub) => Promise<void>} fill what is there
 * before anybody looks
 */
async function lend(use, fill) {
  const hub = await Hub.start();
  try {
    await fill(hub);
    await use(hub);
  } catch (error) {
    throw new Error(`${error}\nhub: ${hub.said("picket-hub")}`);
  } finally {
    await hub.putAway();
  }
}

/** @type {import("@playwright/test").Fixtures<{complaints: string[], expected: RegExp | null}, {hub: Hub, guarded: Hub}, import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions>} */
const fixtures = {
  hub: [async ({}, use) => lend(use, async (hub) => {
    const sent = story();
    await hub.send(sent);
    await hub.node("Meadow");
    hub.twins("Barn");
    await until(async () => (await hub.get("/api/events?node=Garden&limit=100")).events.length >= 24, "the garden's events");
    await until(async () => (await hub.get("/api/events?node=Meadow")).events.length > 0, "somebody to walk through the generated scene");
    await until(async () => (await hub.get("/api/nodes")).some((/** @type {{twins: unknown}} */ node) => node.twins), "the hub to notice two machines under one name");
  }), { scope: "worker", timeout: 300_000 }],

  // Another one, whose users see different things of it.
  guarded: [async ({}, use) => lend(use, async (hub) => {
    await hub.send(twoPlaces());
    await hub.addUsers(USERS);
    await until(async () => (await hub.get("/api/events?node=Shed")).events.some((/** @type {{end: unknown}} */ event) => event.end), "the shed's event");
  }), { scope: "worker", timeout: 300_000 }],

  baseURL: async ({ hub }, use) => use(hub.page),

  // What the browser says of refusals that a test brings about.
  expected: [null, { option: true }],

  complaints: [async ({ page, expected }, use) => {
    /** @type {string[]} */
    const complaints = [];
    page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
    await page.exposeFunction("complain", (/** @type {string} */ text) => complaints.push(text));
    await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) =>
      // @ts-expect-error the function above
      window.complain(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
    await use(complaints);
    expect(complaints.filter((text) => !expected?.test(text)), "what the browser complained of").toEqual([]);
    // @ts-expect-error what the story's texts would set
    expect(await page.evaluate(() => window.pwned), "a text was run").toBeUndefined();
  }, { auto: true }],
};

export const test = base.extend(fixtures);
export { expect };

/**
 * Opens an address and waits until it shows what it is to show.
 * @param {import("@playwright/test").Page} page
 * @param {string} address
 * @param {string} shows
 */
export async function open(page, address, shows) {
  await page.goto(address);
  await expect(page.locator(`#main ${shows}`).first()).toBeVisible();
  await expect(page.locator("#main [aria-busy=true]")).toHaveCount(0);
}

/** Logs the page's browser in, not by the form. @param {import("@playwright/test").Page} page @param {string} user */
export async function logIn(page, user) {
  const answer = await page.request.post("/api/session", { data: { user, password: PASSWORD } });
  expect(answer.status(), await answer.text()).toBe(204);
}

/** What axe finds that is serious, in light and dark. @param {import("@playwright/test").Page} page @returns {Promise<string[]>} */
export async function serious(page) {
  await page.emulateMedia({ colorScheme: "light" });
  // Colours that are on their way from one to another are none that anybody reads.
  await page.evaluate(() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets.push(still);
  });
  await page.evaluate(AXE);
  const found = await violations(page, null);
  await page.emulateMedia({ colorScheme: "dark" });
  // Nothing else differs.
  return [...found, ...(await violations(page, ["color-contrast"])).map((one) => `dark: ${one}`)];
}

/** @param {import("@playwright/test").Page} page @param {string[] | null} rules these alone @returns {Promise<string[]>} */
function violations(page, rules) {
  return page.evaluate(async (rules) => {
    // @ts-expect-error axe is there now
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
    return violations.filter((/** @type {any} */ { impact }) => impact === "serious" || impact === "critical")
      .map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.slice(0, 3).map((/** @type {any} */ node) => node.html.slice(0, 160)).join(" | ")}`);
  }, rules);
}
