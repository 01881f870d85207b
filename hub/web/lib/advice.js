// What to do about each problem of a node, and of the hub itself. The hub says what is wrong (`problems` of /api/nodes, as
// `picket-hub nodes` prints it, and /healthz); here is only the advice, by the kind of trouble.

/** @typedef {{about: string, text: string}} Problem */

/** @type {Record<string, string>} */
const ADVICE = {
  silent: "Is it powered, and does it reach this hub? On the node: `systemctl status picket-node`, then `picket-node doctor`, which tries the way to the hub step by step. Nothing is lost while it waits: it keeps what it sees, and sends it later.",
  stopped: "It was stopped by somebody, and says so itself. `sudo systemctl start picket-node` there starts it again.",
  power: "The supply or its cable is too weak. Use the supply made for this Pi and a short cable; a USB camera may want a powered hub. Until then it is slower, and may fail.",
  heat: "Give it air or shade, or a heat sink. Fewer frames a second (`fps`) or smaller ones make less heat.",
  disk: "Make room on the node: `df -h` and `sudo du -xh --max-depth=2 /` tell what takes it. What waits for the hub has a limit of its own, `spool.max_size`.",
  spool: "The node cannot keep what waits on its disk; a restart would lose it. Is the card read-only or worn out? `dmesg | tail` on the node tells; then replace it.",
  memory: "Fewer cameras, smaller pictures or a shorter pre-roll (`before`) take less. Does another program on it take more and more?",
  clock: "Its clock is wrong. The hub corrects what it can, and marks times that nobody can be sure of with `~`. On the node, `timedatectl` should say that the clock is synchronized; does it reach a time server?",
  camera: "Is the cable in, and does another program hold the camera? `picket-node doctor` on the node tries it; `journalctl -u picket-node` tells what it answered. The node goes on trying by itself.",
  dropped: "The hub was away for longer than the node has room for. Larger `spool` limits, or a hub that is there more often, keep more.",
  refused: "The hub could not take these messages; `rejected/` in its data directory holds them, each with the reason. Most often the node's program is newer than the hub's.",
  twins: "Two machines have this name, most often because a card was copied: their pictures are mixed up. Give one of them another name (`node.name` in its configuration) and restart it.",
  sensor: "Is it wired as its configuration says? `journalctl -u picket-node` on the node tells what it answers.",
  version: "It works, but what is newer is missing there. Install this hub's version on the node.",
  limit: "It keeps watching, and its events still come; pictures of today beyond the limit are not stored. Something moves all the time? A higher threshold or a mask helps; `limits` of the hub's configuration says how many may come.",
  storage: "The hub takes nothing more when it is full; nodes keep what they have meanwhile. Make room on its disk, or let `retention` forget more; `picket-hub retention` shows what would go.",
};

/** The same for what `/healthz` looks at. @type {Record<string, string>} */
const HUB_ADVICE = {
  ingest: "It takes nothing: the nodes keep what they see, and send it later. `journalctl -u picket-hub` tells what it was doing last; `sudo systemctl restart picket-hub` starts it anew, and loses nothing.",
  shelver: "What is sent is taken and safe, but not yet in the tree and in this page. Is the disk full, or very slow? `picket-hub doctor` and `journalctl -u picket-hub` tell; it goes on by itself once it can.",
  disk: "Make room, or mount the disk again: `df -h` tells how full it is, `picket-hub retention` what would be forgotten. Until then nodes keep what they have.",
  index: "The images and the log are safe without it. `picket-hub fsck` tells what is wrong; with `--repair`, while the hub is stopped, it makes the index anew from `records/`.",
};

/** What to do where the hub is not well; null where nobody knows. @param {string} check */
export function hubAdvice(check) {
  return HUB_ADVICE[check] ?? null;
}

/** What to do about it; null where nobody knows. @param {string} about */
export function advice(about) {
  return ADVICE[about] ?? null;
}

/**
 * A text in which what stands in backticks is code.
 * @param {string} text
 * @returns {{code: boolean, text: string}[]}
 */
export function pieces(text) {
  return text.split("`").map((piece, place) => ({ code: place % 2 === 1, text: piece })).filter((piece) => piece.text !== "");
}
