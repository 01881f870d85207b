// Where the lines and words of a chart's axes stand: round numbers, and times that are round on the viewer's clock. Pure, and
// knows nothing of pixels but how many there are.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 28 * DAY];

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** @typedef {{at: number, text: string}} Tick */

/**
 * Round numbers from at most `low` to at least `high`, about `wanted` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} [wanted]
 * @returns {Tick[]}
 */
export function numbers(low, high, wanted = 4) {
  // What never changes still gets a height.
  const span = high - low || Math.max(Math.abs(high) * 0.1, 1);
  const raw = span / Math.max(1, wanted - 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5].find((round) => raw <= round * power * 1.000_001) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const ticks = [];
  for (let place = first; place <= last; place += 1) ticks.push({ at: place * step, text: number(place * step, step) });
  return ticks;
}

/**
 * A number with as many decimals as a step of `fine` needs: `1,250`, `21.5`.
 * @param {number} value
 * @param {number} fine
 */
export function number(value, fine) {
  let decimals = 0;
  while (decimals < 6 && Math.abs(fine * 10 ** decimals - Math.round(fine * 10 ** decimals)) > 1e-6) decimals += 1;
  // No `-0`.
  return (Math.round(value * 1e9) / 1e9 + 0).toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/**
 * Round times between two, at most `most` of them: hours of the viewer's clock, whatever it did in between, or days.
 * @param {number} since
 * @param {number} until
 * @param {number} most
 * @returns {Tick[]}
 */
export function times(since, until, most) {
  const step = STEPS.find((one) => (until - since) / one <= most) ?? 28 * DAY;
  const ticks = [];
  const date = new Date(since);
  date.setHours(0, 0, 0, 0);
  const days = Math.round(step / DAY);
  for (let turn = 0; turn < 10_000 && date.getTime() <= until; turn += 1) {
    const at = date.getTime();
    if (since <= at) ticks.push({ at, text: isMidnight(date) ? dayOnly.format(at) : clock.format(at) });
    if (days >= 1) date.setDate(date.getDate() + days);
    // In steps of minutes on the clock, not of time: on the day of the clock's change the hours stay round.
    else date.setTime(next(date, step / MINUTE));
    if (date.getTime() <= at) date.setTime(at + step);
  }
  return ticks;
}

/** @param {Date} date @param {number} minutes */
function next(date, minutes) {
  const then = new Date(date);
  then.setHours(0, date.getHours() * 60 + date.getMinutes() + minutes, 0, 0);
  return then.getTime();
}

/** @param {Date} date */
function isMidnight(date) {
  return date.getHours() === 0 && date.getMinutes() === 0;
}
