// What a node's last heartbeat tells: its cameras, and the machine. What it does not tell is left out. It comes from the network:
// each value is looked at before it is believed.

import { h } from "../../lib/dom.js";
import { bytes, counted, percent } from "../../lib/measure.js";
import { ago, duration, full } from "../../lib/time.js";

/** @typedef {import("../nodes.js").Node} Node */

/** @param {unknown} value @returns {number | null} */
const num = (value) => typeof value === "number" && Number.isFinite(value) ? value : null;
/** @param {unknown} value @returns {string | null} */
const str = (value) => typeof value === "string" && value !== "" ? value : null;
/** @param {unknown} value @returns {Record<string, unknown>} */
const obj = (value) => typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
/** @template T @param {T | null} value @param {(value: T) => string} words */
const told = (value, words) => value === null ? null : words(value);

/** @param {Node} node */
export function cameras(node) {
  /** @type {unknown[]} */
  const all = Array.isArray(node.health?.cameras) ? node.health.cameras.slice(0, 64) : [];
  return all.length > 0 && h("section", null, h("h2", null, "Cameras"),
    h("dl", { class: "facts" }, all.map(obj).flatMap((camera) => [h("dt", null, str(camera.view) ?? "Camera"), h("dd", null, cameraWords(camera))])));
}

/** @param {Record<string, unknown>} camera */
function cameraWords(camera) {
  const lost = num(camera.lost_s);
  const exposure = obj(camera.exposure);
  const count = (/** @type {unknown} */ value, /** @type {string} */ one, /** @type {string} */ many) => {
    const found = num(value);
    return found ? counted(found, one, many) : null;
  };
  return [
    camera.ended === true ? "its footage is over"
      : lost !== null ? `lost for ${duration(lost * 1000)}`
        : told(num(camera.frames_per_second), (rate) => `${rate.toFixed(1)} frames a second`) ?? counted(num(camera.frames) ?? 0, "frame"),
    told(num(exposure.time_us), (time) => `exposed ${(time / 1000).toFixed(1)} ms`),
    count(camera.reopenings, "reopening", "reopenings"),
    count(camera.passed_over, "frame unusable", "frames unusable"),
    count(camera.missed, "frame missed", "frames missed"),
  ].filter(Boolean).join(", ");
}

/** @param {Node} node @param {import("../../lib/hub.js").Hub} hub */
export function facts(node, hub) {
  const health = obj(node.health);
  const [disk, wifi, spool] = [obj(health.disk), obj(health.wifi), obj(health.spool)];
  const [total, free] = [num(disk.total_bytes), num(disk.free_bytes)];
  const memory = [num(health.memory_available_bytes), num(health.memory_total_bytes)];
  const [cpus, waiting, oldest] = [num(health.cpus), num(health.waiting_messages), num(health.waiting_oldest_s)];
  const onDisk = num(spool.disk_messages);
  /** @type {[string, string | null | undefined | false][]} */
  const rows = [
    ["Version", node.version && (node.version === hub.version ? node.version : `${node.version} (the hub's is ${hub.version})`)],
    ["Machine", node.hardware],
    ["First heard", full(node.first_seen)],
    ["Last heard", `${full(node.last_seen)}, ${ago(node.last_seen)}`],
    ["Restarted", node.restarted && `${full(node.restarted)}, ${ago(node.restarted)}`],
    ["Up", told(num(health.uptime_s), (up) => duration(up * 1000))],
    ["Clock", clock(str(health.clock), num(health.clock_ahead_s))],
    ["Temperature", told(num(health.temperature_c), (degrees) => `${degrees.toFixed(1)} °C`)],
    ["Load", told(num(health.load), (load) => cpus ? `${load.toFixed(2)} on ${counted(cpus, "processor")}` : load.toFixed(2))],
    ["Memory", memory[0] !== null && (memory[1] ? `${bytes(memory[0])} of ${bytes(memory[1])} free` : `${bytes(memory[0])} free`)],
    ["Disk", free !== null && (total ? `${bytes(free)} of ${bytes(total)} free (${percent(free / total)})` : `${bytes(free)} free`)],
    ["Wi-Fi", told(num(wifi.signal_dbm), (signal) => `${signal.toFixed(0)} dBm`) ?? told(num(wifi.link_quality), (quality) => `quality ${quality.toFixed(0)}`)],
    ["Waiting for the hub", waiting === null ? null : waiting === 0 ? "nothing" : [
      `${counted(waiting, "message")}, ${bytes(num(health.waiting_bytes) ?? 0)}`,
      onDisk && `${onDisk.toLocaleString("en-GB")} of them on its disk`,
      oldest !== null && `the oldest for ${duration(oldest * 1000)}`,
    ].filter(Boolean).join(", ")],
    ["Dropped", dropped(num(health.dropped_events), num(health.dropped_images))],
  ];
  return h("section", null, h("h2", null, node.silent ? "The machine, as it was when it was last heard" : "The machine"),
    h("dl", { class: "facts" }, rows.flatMap(([name, value]) => value ? [h("dt", null, name), h("dd", null, value)] : [])));
}

/** @param {string | null} state @param {number | null} ahead */
function clock(state, ahead) {
  const off = ahead !== null && Math.abs(ahead) >= 1 ? `${duration(Math.abs(ahead) * 1000)} ${ahead < 0 ? "behind" : "ahead of"} the hub's` : null;
  return [state === "synced" ? "set" : state === "unsynced" ? "not set" : null, off].filter(Boolean).join(", ");
}

/** @param {number | null} events @param {number | null} images */
function dropped(events, images) {
  return [events && counted(events, "event"), images && counted(images, "picture")].filter(Boolean).join(" and ");
}
