// What happened before anybody looks: a quiet garden, a shed in trouble, and strangers whose names and texts are meant to be
// taken for markup.

export const EVIL = '<img src=x onerror="window.pwned=1">';
const SCRIPT = "<script>window.pwned=1</script>";
const MINUTE = 60_000;

/** Messages of one node in their order. */
export class Node {
  #seq = 0;
  #stream = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  /** @type {object[]} */
  messages = [];

  /** @param {string} name @param {string} hardware @param {string} version */
  constructor(name, hardware, version) {
    this.name = name;
    this.#add("hello", `${name}|hello`, { data: { hardware, version } }, false);
  }

  /** @param {string} kind @param {string} msg @param {object} keys @param {boolean} numbered @param {string | null} [picture] */
  #add(kind, msg, keys, numbered, picture = null) {
    const place = numbered ? { stream: this.#stream, seq: this.#seq + 1, prev: this.#seq } : {};
    this.#seq += numbered ? 1 : 0;
    this.messages.push({ keys: { msg, picket: 1, node: this.name, kind, ...place, ...keys }, picture });
  }

  /** @param {object} data */
  health(data) {
    this.#add("health", `${this.name}|Heartbeat`, { at: new Date().toISOString(), data }, false);
    return this;
  }

  /** @param {string} view @param {number} at @param {string} name @param {number} value @param {string} unit */
  reading(view, at, name, value, unit) {
    this.#add("reading", `${this.name} ${view}|${name}|${value} ${unit}`, { view, at: new Date(at).toISOString(), data: { name, value, unit } }, true);
    return this;
  }

  /** An event with three pictures. @param {string} view @param {number} at @param {string} id @param {{what?: string, state?: string, reason?: string, end?: boolean}} [told] */
  event(view, at, id, { what = "motion", state = "moving", reason = "changed 4.2 % of the picture", end = true } = {}) {
    const text = (/** @type {string} */ now) => `${this.name} ${view}|${what}|${now}`;
    const time = (/** @type {number} */ after) => ({ view, event: id, at: new Date(at + after).toISOString() });
    const data = { what, state, score: 0.042, boxes: [[200, 120, 180, 140]], grid: "0000".repeat(6) + "07e0".repeat(5) + "0000".repeat(5), reason };
    this.#add("event", text(state), { ...time(0), data: { phase: "start", ...data } }, true);
    for (const [after, role] of /** @type {const} */ ([[0, "trigger"], [800, "best"], [1600, "during"]])) {
      this.#add("image", `${this.name} ${view}|jpg`, { ...time(after), data: { role, width: 640, height: 360 } }, true, `${view} ${after}`);
    }
    if (end) this.#add("event", text("still"), { ...time(4000), data: { phase: "end", ...data, state: "still" } }, true);
    return this;
  }
}

const CAMERA = { frames: 5000, frames_per_second: 10, last_frame_s: 0 };
const WELL = { version: "0.1.0", hardware: "10000000abcdef01", uptime_s: 90_000, clock: "synced", temperature_c: 48.5, load: 0.4, cpus: 4,
  memory_total_bytes: 4e9, memory_available_bytes: 3e9, disk: { total_bytes: 32e9, free_bytes: 20e9 }, waiting_messages: 0, waiting_bytes: 0 };

export function story(now = Date.now()) {
  const garden = new Node("Garden", "10000000abcdef01", "0.1.0");
  for (let count = 24; count > 0; count -= 1) garden.event(count % 3 ? "Door" : "Path", now - count * 4 * MINUTE, `garden${count}`);
  for (let count = 60; count > 0; count -= 1) garden.reading("Pond", now - count * 4 * MINUTE, "Temp", Math.round(180 + 40 * Math.sin(count / 8)) / 10, "C");
  garden.health({ ...WELL, cameras: [{ view: "Door", ...CAMERA }, { view: "Path", ...CAMERA }] });

  const shed = new Node("Shed", "10000000abcdef02", "0.0.9");
  shed.event("Bench", now - 30 * MINUTE, "shed1", { reason: "the light went on" });
  shed.health({ ...WELL, version: "0.0.9", clock: "unsynced", disk: { total_bytes: 32e9, free_bytes: 2e8 },
    waiting_messages: 120, waiting_bytes: 9e6, waiting_oldest_s: 4000, cameras: [{ view: "Bench", frames: 80, last_frame_s: 1200 }] });

  const evil = new Node(`Evil ${EVIL}`, SCRIPT, EVIL);
  evil.event(EVIL, now - 8 * MINUTE, "evil1", { what: EVIL, state: SCRIPT, reason: `${EVIL}${SCRIPT}` });
  evil.reading(`${EVIL}`, now - 7 * MINUTE, `<b>${EVIL}`, 21, SCRIPT).reading(`${EVIL}`, now - 5 * MINUTE, `<b>${EVIL}`, 22, SCRIPT);
  evil.health({ ...WELL, version: EVIL, hardware: SCRIPT, cameras: [{ view: EVIL, frames: 1, last_frame_s: 0 }], spool: { disk_messages: 0, disk_bytes: 0, problem: EVIL } });

  const long = new Node("Node-with-a-name-that-is-as-long-as-nobody-would-ever-write-it-on-a-label", "10000000abcdef03", "0.1.0");
  long.event("AViewWhoseNameHasNoPlaceAtWhichItCouldBeBroken-AndGoesOnAndOnAndOn", now - 12 * MINUTE, "long1", { end: false });

  const old = [`Cellar Stairs|jpg`, `Cellar Stairs|motion|moving`, `${SCRIPT} ${EVIL}|jpg`, `Old ${EVIL}|motion|${EVIL}`, `Cellar Stairs|motion|still`];
  return [...garden.messages, ...shed.messages, ...evil.messages, ...long.messages, ...old.map((text) => ({ old: text, picture: "Cellar" }))];
}

/** Two nodes, of which somebody may see one view only: each view has an event, the garden's views at the same time. */
export function twoPlaces(now = Date.now()) {
  const garden = new Node("Garden", "10000000abcdef01", "0.1.0");
  for (const [view, id] of [["Door", "door"], ["Path", "path"]]) garden.event(view, now - 6 * MINUTE, `${id}1`).event(view, now - 12 * MINUTE, `${id}2`);
  garden.reading("Door", now - 5 * MINUTE, "Draught", 3, "m/s").reading("Path", now - 5 * MINUTE, "Frost", -2, "C");
  garden.health({ ...WELL, cameras: [{ view: "Door", ...CAMERA }, { view: "Path", ...CAMERA }] });
  const shed = new Node("Shed", "10000000abcdef02", "0.1.0");
  shed.event("Bench", now - 6 * MINUTE, "bench1").reading("Bench", now - 5 * MINUTE, "Dust", 7, "mg");
  shed.health({ ...WELL, cameras: [{ view: "Bench", ...CAMERA }] });
  return [...garden.messages, ...shed.messages];
}

/** An orchard with two views that see the same things at the same time, so many times; the newest first minutes ago. @param {number} count */
export function orchard(count, minutes = 20, now = Date.now()) {
  const node = new Node("Orchard", "10000000abcdef04", "0.1.0");
  for (let turn = count; turn > 0; turn -= 1) {
    for (const view of ["Gate", "Trees"]) node.event(view, now - minutes * MINUTE - turn * 3 * MINUTE, `${view}${turn}-${now}`);
  }
  return node.messages;
}
