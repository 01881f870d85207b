// The hub among its nodes: whether it takes, shelves and finds what is sent, what room it has, and what to do where it is not well.
// It is looked at where `/healthz` is; a hub that does not answer at all is the banner's business.

import { hubAdvice, pieces } from "../../lib/advice.js";
import { h, put } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { isLeft } from "../../lib/api.js";

/** @typedef {{ok: boolean, checks: Record<string, {ok: boolean, told: string}>}} Report */

/** What is looked at, in the order in which a message goes. */
const NAMES = /** @type {Record<string, string>} */ ({ ingest: "Intake", shelver: "Shelving", disk: "Disk", index: "Index" });

/** @param {import("../../lib/hub.js").Hub} about @param {AbortSignal} signal */
export function hubPanel(about, signal) {
  const state = h("p", { class: "node-state" });
  const checks = h("dl", { class: "hub-checks" });
  const element = h("section", { class: "panel hub-panel", "aria-labelledby": "the-hub" },
    h("div", { class: "hub-head" }, h("h2", { id: "the-hub" }, `Hub ${about.name}`), state,
      h("p", { class: "soft small" }, `Version ${about.version}`, about.zone ? ` · its days are those of ${about.zone}` : "")), checks);

  async function renew() {
    /** @type {Report} */
    let report;
    try {
      const answer = await fetch("/healthz", { signal, headers: { accept: "application/json" } });
      // What is not well is told with 503; whatever else it answers tells nothing of how it is.
      if (answer.status !== 200 && answer.status !== 503) throw new Error(`/healthz: ${answer.status}`);
      report = await answer.json();
    } catch (error) {
      if (!isLeft(error)) {
        element.dataset.look = "off";
        put(state, h("span", { class: "node-dot" }), h("strong", null, "Not known"), " · it does not say how it is");
      }
      return;
    }
    const wrong = Object.values(report.checks).filter(({ ok }) => !ok).length;
    element.dataset.look = report.ok ? "good" : "bad";
    put(state, h("span", { class: "node-dot" }), h("strong", null, report.ok ? "Well" : wrong === 1 ? "A problem" : `${wrong} problems`));
    const known = Object.keys(NAMES).filter((name) => report.checks[name]);
    const others = Object.keys(report.checks).filter((name) => !NAMES[name]);
    put(checks, [...known, ...others].flatMap((name) => check(name, report.checks[name])));
  }
  return { element, renew };
}

/** @param {string} name @param {{ok: boolean, told: string} | undefined} found */
function check(name, found) {
  if (!found) return [];
  const todo = found.ok ? null : hubAdvice(name);
  return [h("div", { class: found.ok ? null : "is-wrong" },
    h("dt", null, icon(found.ok ? "check" : "alert"), NAMES[name] ?? name),
    h("dd", null, h("span", { class: "hub-told" }, found.told),
      todo ? h("p", { class: "soft" }, pieces(todo).map((piece) => piece.code ? h("code", null, piece.text) : piece.text)) : null))];
}
