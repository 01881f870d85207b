// A day and a night on a farm, as messages for `tests/send.py`: who came by at the gate, in the orchard and at the barn, what the
// sensors read, and how the nodes are. The pictures are those of `paint.py`.

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const FRAMES = 8;

/** Where each place is, and when its light is as it was painted, in hours UTC. */
const PLACES = /** @type {const} */ ([
  { place: "gate", node: "Garden", view: "Gate", from: 7, to: 16 },
  { place: "orchard", node: "Garden", view: "Orchard", from: 16, to: 19 },
  { place: "barn", node: "Barn", view: "Yard", from: 19, to: 31 },
]);
const WHO = /** @type {const} */ (["fox", "walker", "van"]);
/** Where they are in the middle of their way, in pixels: x, y, width, height. */
const BOXES = { fox: [431, 505, 224, 118], walker: [487, 371, 113, 250], van: [265, 403, 566, 226] };
/** The first row and the one after the last that have changed, and the cells in them. */
const GRIDS = { fox: [11, 14, 0x01e0], walker: [8, 14, 0x00c0], van: [9, 14, 0x0ffc] };

/** Messages of one node, in their order. */
class Sender {
  #seq = 0;
  #stream = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  /** @type {{at: number, keys: object, file: string | null}[]} */
  waiting = [];

  /** @param {string} node @param {object} health */
  constructor(node, health) {
    this.node = node;
    this.health = health;
  }

  /** @param {number} at @param {string} kind @param {string | null} view @param {string} text @param {object} data @param {{event?: string, file?: string}} [more] */
  add(at, kind, view, text, data, { event, file } = {}) {
    const msg = `${[this.node, view].filter(Boolean).join(" ")}|${text}`;
    const keys = { msg, picket: 1, node: this.node, kind, at: new Date(at).toISOString(), ...(view ? { view } : {}), ...(event ? { event } : {}), data };
    this.waiting.push({ at, keys, file: file ?? null });
  }

  /** All of them, the oldest first, as `send.py` reads them. */
  messages() {
    const hello = { keys: { msg: `${this.node}|hello`, picket: 1, node: this.node, kind: "hello", data: { hardware: `10000000${this.#stream.slice(0, 8)}`, version: "0.1.0" } }, picture: null };
    const beat = { keys: { msg: `${this.node}|Heartbeat`, picket: 1, node: this.node, kind: "health", at: new Date().toISOString(), data: this.health }, picture: null };
    const numbered = this.waiting.sort((a, b) => a.at - b.at).map(({ keys, file }) => {
      this.#seq += 1;
      return { keys: { ...keys, stream: this.#stream, seq: this.#seq, prev: this.#seq - 1 }, file, picture: null };
    });
    return [hello, ...numbered, beat];
  }
}

/**
 * Somebody comes by every `apart` minutes or so, for the 24 hours before `now`.
 * @param {string} pictures the folder of `paint.py`'s pictures
 * @param {number} now
 * @param {number} apart
 */
export function farm(pictures, now, apart) {
  const camera = (/** @type {string} */ view) => ({ view, frames: 86_400, frames_per_second: 10, last_frame_s: 0 });
  const well = { version: "0.1.0", uptime_s: 911_000, clock: "synced", temperature_c: 47.2, load: 0.31, cpus: 4, memory_total_bytes: 4.1e9,
    memory_available_bytes: 3.2e9, disk: { total_bytes: 32e9, free_bytes: 21e9 }, waiting_messages: 0, waiting_bytes: 0 };
  const senders = {
    Garden: new Sender("Garden", { ...well, cameras: [camera("Gate"), camera("Orchard")] }),
    Barn: new Sender("Barn", { ...well, temperature_c: 39.4, cameras: [camera("Yard")] }),
    Well: new Sender("Well", { ...well, clock: "unsynced", cameras: [] }),
  };
  let number = 0;
  for (let at = now - 24 * HOUR; at < now - MINUTE; at += apart * MINUTE * (0.4 + ((number * 7) % 13) / 10)) {
    const hour = new Date(at).getUTCHours();
    const where = PLACES.find(({ from, to }) => from <= hour && hour < to) ?? PLACES[2];
    number += 1;
    const who = where.place === "gate" ? WHO[number % 4 === 0 ? 0 : 1 + (number % 3 === 0 ? 1 : 0)] : WHO[number % 5 === 0 ? 1 : 0];
    passing(senders[where.node], where, who ?? "fox", at, number, pictures);
    // Who goes through the gate is seen from the orchard as well, now and then.
    if (where.place === "gate" && number % 6 === 1) passing(senders.Garden, PLACES[1], who ?? "fox", at + 6 * SECOND, 10_000 + number, pictures);
  }
  for (let at = now - 24 * HOUR; at < now; at += 10 * MINUTE) {
    const turn = ((at % (24 * HOUR)) / HOUR - 9) / 24 * 2 * Math.PI;
    const degrees = Math.round(90 + 45 * Math.sin(turn) + 3 * Math.sin(at / HOUR)) / 10;
    const level = Math.round(182 - 14 * Math.max(0, Math.sin(turn * 2)));
    senders.Garden.add(at, "reading", "Pond", `Temp|${degrees} C`, { name: "Temp", value: degrees, unit: "C" });
    senders.Well.add(at, "reading", null, `Level|${level} cm`, { name: "Level", value: level, unit: "cm" });
  }
  return Object.values(senders).flatMap((sender) => sender.messages());
}

/** @param {Sender} sender @param {{place: string, view: string}} where @param {keyof typeof BOXES} who @param {number} start @param {number} number @param {string} pictures */
function passing(sender, { place, view }, who, start, number, pictures) {
  const event = `${place}${number}`;
  const score = { fox: 0.021, walker: 0.038, van: 0.117 }[who];
  const [top = 0, bottom = 0, cells = 0] = GRIDS[who];
  const grid = Array.from({ length: 16 }, (_, row) => (top <= row && row < bottom ? cells : 0).toString(16).padStart(4, "0")).join("");
  const told = { what: "motion", score, boxes: [BOXES[who]], grid, reason: `changed ${(score * 100).toFixed(1)} % of the picture` };
  sender.add(start, "event", view, "motion|moving", { phase: "start", ...told, state: "moving" }, { event });
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const role = frame < 2 ? "before" : frame === 2 ? "trigger" : frame === 4 ? "best" : frame === FRAMES - 1 ? "after" : "during";
    sender.add(start + (frame - 2) * 900, "image", view, "jpg", { role, width: 960, height: 720 }, { event, file: `${pictures}/${place}-${who}-${frame}.jpg` });
  }
  sender.add(start + 7 * SECOND, "event", view, "motion|still", { phase: "end", ...told, state: "still" }, { event });
}
