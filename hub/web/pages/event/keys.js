// The keys with which frames are looked through, wherever there is a player.

import { copyAddress, fullScreen } from "./buttons.js";

/**
 * @param {import("./player.js").Player} player
 * @param {HTMLElement} root where the way to download a frame is
 * @returns {import("../../lib/keys.js").Key[]}
 */
export function playerKeys(player, root) {
  const step = (/** @type {number} */ by) => { player.pause(); player.go(player.index + by); };
  return [
    { keys: [" "], does: "Play, or pause", run: () => player.toggle() },
    { keys: ["ArrowLeft", "ArrowRight"], does: "The frame before, the next frame", run: ({ key }) => step(key === "ArrowLeft" ? -1 : 1) },
    { keys: ["Home", "End"], does: "The first frame, the last frame", run: ({ key }) => step(key === "Home" ? -Infinity : Infinity) },
    { keys: ["s"], does: "Another speed", run: () => player.faster() },
    { keys: ["f"], does: "Full screen, or back", run: () => fullScreen(player.element) },
    { keys: ["d"], does: "Download this frame", run: () => /** @type {HTMLAnchorElement | null} */ (root.querySelector("a[download]"))?.click() },
    { keys: ["c"], does: "Copy a link to what is shown", run: copyAddress },
  ];
}
