// The browser tests: one real Chromium, one real hub. PICKET_PROGRAMS is the folder of picket-hub and picket-node;
// PICKET_CHROMIUM the browser, where it is none of those that a system has.

import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const browsers = [process.env.PICKET_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Without any of them it is the one that `npx playwright install chromium` fetches. */
const executablePath = browsers.find((path) => path && existsSync(path));

export default defineConfig({
  testDir: "tests",
  projects: [{ name: "page" }, { name: "long", testMatch: "**/*.long.js" }],
  outputDir: "../../target/browser-tests",
  fullyParallel: false,
  // Two, each with a hub of its own, take as long on two cores.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  // A bound for a machine that has much else to do; what is waited for comes much sooner.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] },
    viewport: { width: 1280, height: 800 },
    // Not the hub's, so that both clocks are shown.
    timezoneId: "America/New_York",
    locale: "en-GB",
    // What a failing test saw is kept with `npx playwright test --trace retain-on-failure`, which takes a quarter longer.
    screenshot: "only-on-failure",
  },
});
