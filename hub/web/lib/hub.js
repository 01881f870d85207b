// Which hub this is, in which zone, and who looks at it: asked once, and again after a log-in.

import { get } from "./api.js";
import { setHubZone } from "./time.js";

/** @typedef {{name: string, version: string, zone: string | null, address: string, now: string,
      user: {name: string | null, role: string, views: string[] | null}}} Hub */

/** @type {Promise<Hub> | null} */
let asked = null;

/** @returns {Promise<Hub>} */
export function hub() {
  asked ??= get("/api/hub").then((answer) => {
    setHubZone(answer.zone);
    return answer;
  }, (error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/** Asks anew next time: somebody else is there. */
export function forget() {
  asked = null;
}

const RANKS = ["viewer", "reviewer", "admin"];

/** Whether who looks at it may do what `role` may. @param {Hub} of @param {"viewer" | "reviewer" | "admin"} role */
export function may(of, role) {
  return RANKS.indexOf(of.user.role) >= RANKS.indexOf(role);
}
