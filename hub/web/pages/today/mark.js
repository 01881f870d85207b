// Marks moments as reviewed, and pins them: shown at once, and taken back where the hub refuses.

import { change } from "../../lib/api.js";
import { tellFailed } from "../../lib/say.js";

/** @typedef {import("./card.js").Card} Card */
/** @typedef {import("../../lib/rows.js").EventRow} EventRow */

/** Tells `reviewed` when the hub has answered. */
export const marks = new EventTarget();

/** @param {Card[]} cards @param {boolean} reviewed */
export async function review(cards, reviewed) {
  const events = cards.flatMap(({ moment }) => moment.rows.filter((row) => row.reviewed !== reviewed).map(({ number }) => number));
  await optimistic(cards, { reviewed }, () => change("PUT", "/api/reviewed", { body: { events, reviewed } }));
  marks.dispatchEvent(new Event("reviewed"));
}

/** @param {Card} card */
export async function pin(card) {
  const pinned = !card.pinned;
  const numbers = card.moment.rows.filter((row) => row.pinned !== pinned).map(({ number }) => number);
  await optimistic([card], { pinned }, () => Promise.all(numbers.map((number) => change("PUT", `/api/events/${number}/pin`, { body: { pinned } }))));
}

/** @param {Card[]} cards @param {Partial<EventRow>} changed @param {() => Promise<unknown>} ask */
async function optimistic(cards, changed, ask) {
  const before = cards.map(({ moment }) => moment);
  for (const card of cards) {
    card.moment = { rows: card.moment.rows.map((row) => ({ ...row, ...changed })) };
    card.mark();
  }
  try {
    await ask();
  } catch (error) {
    cards.forEach((card, index) => {
      card.moment = before[index] ?? card.moment;
      card.mark();
    });
    tellFailed(error);
  }
}
