// How to begin, where no node is to be seen yet: a node to try, or nothing to do for whoever may see some views only.

import { h } from "./dom.js";
import { hub } from "./hub.js";
import { icon } from "./icons.js";

const NODE = `node: {name: Driveway}
hub: {connect: "tcp://HUB:PORT"}
cameras:
  - view: Mailbox
    source: {kind: pattern}
    detectors:
      - kind: motion
        send: {before: 5, during: 2/s, after: 5}`;

/** What to say and to do, below the heading `title`. @param {string} title */
export async function howToBegin(title) {
  const { address, user } = await hub();
  return user.views ? [icon("nodes"), h("h2", null, "Nothing yet"), h("p", null, "Nothing that you may see has reported yet.")]
    : firstNode(title, address);
}

/** @param {string} title @param {string} address where the hub listens, as `tcp://[::]:5555` */
function firstNode(title, address) {
  const [, host = "", port = "5555"] = /^tcp:\/\/(.*):(\d+)$/.exec(address) ?? [];
  const isNear = /^(127\.|\[::1\])/.test(host);
  const name = isNear || location.hostname === "localhost" ? "127.0.0.1" : location.hostname;
  return [icon("nodes"), h("h2", null, title),
    h("p", null, `A node watches cameras and sensors, and sends what matters to this hub. Save this as picket-node.yaml, on ${isNear ? "the hub's machine" : "this machine or another"}; it watches a made-up scene, a real camera comes later:`),
    h("pre", { tabindex: "0", "aria-label": "picket-node.yaml" }, NODE.replace("HUB", name).replace("PORT", port)),
    h("p", null, "and start it:"),
    h("pre", { tabindex: "0", "aria-label": "Commands" }, "picket-node check\npicket-node run"),
    h("p", { class: "small" }, "What it sends shows up here by itself. If nothing comes, ", h("code", null, "picket-node doctor"), " tells why."),
    isNear ? h("p", { class: "small" }, "Nodes on other machines reach the hub when it is started with ", h("code", null, `--listen 'tcp://*:${port}'`), ".") : null];
}
