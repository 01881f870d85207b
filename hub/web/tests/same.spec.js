// The command line and the page are told by one index, and tell the same.

import { expect, open, test } from "./fixtures.js";

test("`picket-hub events` and the page tell the same", async ({ page, hub }) => {
  const lines = hub.command(["events", "--node", "Garden", "--kind", "motion", "--json"]).trim().split("\n");
  const rows = lines.map((line) => JSON.parse(line)).sort((one, other) => other.number - one.number);
  const { events } = await hub.get("/api/events?node=Garden&kind=motion&limit=100");
  expect(rows.length).toBeGreaterThanOrEqual(24);
  expect(events.sort((/** @type {any} */ one, /** @type {any} */ other) => other.number - one.number)).toMatchObject(rows);
  for (const row of rows.slice(0, 3)) {
    await open(page, `/event/${row.number}`, ".player img");
    const about = page.locator("#main");
    for (const words of [row.view, row.what, row.reason, row.text]) await expect(about).toContainText(words);
    await expect(page.locator(".player-told")).toContainText(`of ${row.images}`);
  }
});
