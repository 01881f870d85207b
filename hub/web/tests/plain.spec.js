// What the page computes without a browser: which events are one moment, which cells have changed, what times are called.

import { expect, test } from '@playwright/test';
import { cells } from '../pages/event/overlay.js';
import { goes } from '../pages/today/goes.js';
import { blocks, lead, moments, others } from '../pages/today/moments.js';
import { addDays, day, duration, setHubZone, weekday } from '../lib/time.js';

/** @typedef {import('../lib/rows.js').EventRow} EventRow */

/**
 * An event that began and ended so many seconds after noon.
 * @param {number} number
 * @param {number} start
 * @param {number | null} end
 * @param {Partial<EventRow>} [more]
 * @returns {EventRow}
 */
function row(number, start, end, more = {}) {
  const at = (/** @type {number} */ second) => new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString();
  return {
    number, event: null, node: 'Barn', view: 'Door', what: 'motion', detector: null, state: 'moving', start: at(start), end: end === null ? null : at(end),
    cut: false, score: null, boxes: null, grid: null, reason: null, images: 1, gone: 0, pinned: false, text: '', reviewed: false, best_image: number,
    label: null, ...more,
  };
}

/** @param {string} name @param {EventRow[]} rows newest first @param {number[][]} expected */
function check(name, rows, expected) {
  test(name, () => {
    expect(moments(rows).map((moment) => moment.rows.map(({ number }) => number))).toEqual(expected);
  });
}

check('nothing is no moment', [], []);
check('what overlaps is one moment, in whatever views', [row(3, 60, 70, { view: 'Yard' }), row(2, 50, 65), row(1, 45, 52)], [[3, 2, 1]]);
check('what begins soon after an end still belongs to it', [row(2, 30, 40), row(1, 5, 15)], [[2, 1]]);
check('what begins later does not', [row(2, 36, 40), row(1, 5, 15)], [[2], [1]]);
check('what goes on for long stands alone', [row(3, 410, 420), row(2, 100, 405), row(1, 95, 110)], [[3], [2], [1]]);
check('a moment is bounded', Array.from({ length: 40 }, (_, index) => row(40 - index, 10 * (40 - index), 10 * (40 - index) + 5)), [
  Array.from({ length: 24 }, (_, index) => 40 - index), Array.from({ length: 16 }, (_, index) => 16 - index),
]);
check('what is new does not belong to what was reviewed', [row(3, 60, 70), row(2, 50, 65, { reviewed: true }), row(1, 45, 52, { reviewed: true })], [[3], [2, 1]]);
check('what is about a machine is no part of what its cameras saw',
  [row(3, 62, 70), row(2, 61, 61, { what: 'node', state: 'restarted' }), row(1, 60, 70)], [[3], [2], [1]]);

test('the best picture stands for a moment, and each other view is shown once', () => {
  const rows = [row(4, 9, 10, { best_image: null, score: 1 }), row(3, 8, 10, { view: 'Yard', score: 0.1 }), row(2, 7, 10, { score: 0.4 }), row(1, 6, 10, { view: 'Yard' })];
  const moment = { rows };
  expect(lead(moment).number).toBe(2);
  expect(others(moment).map(({ number }) => number)).toEqual([3]);
});

/** `B` is a moment without a picture, `p` one with. @type {[string, string, string[]][]} */
const BLOCKS = [
  ['nothing is no block', '', []],
  ['one without a picture at the top of a day stands apart', 'Bppp', ['B', 'ppp']],
  ['one alone further down is a card like the others', 'ppBp', ['ppBp']],
  ['four in a row stand apart', 'ppBBBBp', ['pp', 'BBBB', 'p']],
  ['a day without any picture is one block', 'BBB', ['BBB']],
];
for (const [name, given, expected] of BLOCKS) {
  test(name, () => {
    const all = [...given].map((letter, index) => ({ rows: [row(index + 1, 0, 1, { best_image: letter === 'B' ? null : 1 })] }));
    const letters = blocks(all).map(({ moments: some }) => some.map((moment) => (lead(moment).best_image ? 'p' : 'B')).join(''));
    expect(letters).toEqual(expected);
  });
}

test('pictures of one view that follow each other within a minute are one go, the oldest first', () => {
  const image = (/** @type {number} */ number, /** @type {number} */ second, view = 'Door') => /** @type {import('../lib/rows.js').ImageRow} */ (/** @type {unknown} */ (
    { number, node: 'Barn', view, at: new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString() }));
  const found = goes([image(5, 200), image(4, 145), image(3, 143, 'Yard'), image(2, 84), image(1, 80)]);
  expect(found.map((go) => go.map(({ number }) => number))).toEqual([[4, 5], [3], [1, 2]]);
});

test('cells are read from the top left, and what is no grid has none', () => {
  expect(cells(`8001${'0000'.repeat(14)}0003`)).toEqual([[0, 0], [15, 0], [14, 15], [15, 15]]);
  for (const odd of [null, '', '8001', 'x'.repeat(64), '0'.repeat(65)]) expect(cells(odd)).toEqual([]);
});

test('durations are told in two units at most', () => {
  const told = [400, 8_000, 60_000, 200_000, 7_500_000, 273_600_000, 163_000_000_000].map(duration);
  expect(told).toEqual(['0 s', '8 s', '1 min', '3 min 20 s', '2 h 5 min', '3 d 4 h', '5 y 61 d']);
});

test("days are the hub's, also where its clock was changed", () => {
  setHubZone('America/Los_Angeles');
  expect(day('2026-11-21T07:59:59Z')).toBe('2026-11-20');
  expect(day('2026-11-21T08:00:00Z')).toBe('2026-11-21');
  setHubZone('no such zone');
  expect([addDays('2026-03-07', 1), addDays('2026-03-01', -1), addDays('2026-12-31', 1)]).toEqual(['2026-03-08', '2026-02-28', '2027-01-01']);
  expect(['2026-11-16', '2026-11-22'].map(weekday)).toEqual([0, 6]);
});
