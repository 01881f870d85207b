// The buttons beside a frame, and what becomes of pressing them.

import { h } from "../../lib/dom.js";
import { icon } from "../../lib/icons.js";
import { say } from "../../lib/say.js";

/** @typedef {import("../../lib/icons.js").IconName} IconName */

/** A button with a word, which is on or off. @param {IconName} of @param {string} text @param {boolean} on @param {() => void} run @param {string} key */
export function toggle(of, text, on, run, key) {
  return h("button", { class: `button toggle-${of}`, "aria-pressed": String(on), onclick: run, title: `${text} (${key})` }, icon(of), text);
}

/** A button without words; `on` is null where it has no state. @param {IconName} of @param {string} name @param {boolean | null} on @param {() => void} run @param {boolean} [disabled] */
export function sign(of, name, on, run, disabled = false) {
  return h("button", { class: "icon-button", "aria-pressed": on === null ? null : String(on), disabled, onclick: run, "aria-label": name, title: name }, icon(of));
}

/** @param {string} href */
export function download(href) {
  const name = "Download this frame (d)";
  return h("a", { class: "icon-button", href, download: true, "aria-label": name, title: name }, icon("download"));
}

/** Draws buttons anew, with the focus where it was among them. @param {HTMLElement[]} parts @param {() => void} draw */
export function keepFocus(parts, draw) {
  const all = () => /** @type {HTMLElement[]} */ (parts.flatMap((part) => [...part.querySelectorAll("a, button")]));
  const focused = all().indexOf(/** @type {HTMLElement} */ (document.activeElement));
  draw();
  all()[focused]?.focus();
}

/** Copies the address of what is shown. */
export function copyAddress() {
  const to = location.href;
  // Only secure addresses have a clipboard; elsewhere people copy it themselves.
  if (navigator.clipboard) navigator.clipboard.writeText(to).then(() => say("The link is copied."), () => say(to));
  else say(to);
}

/** @param {HTMLElement} element */
export function fullScreen(element) {
  if (document.fullscreenElement) void document.exitFullscreen();
  else element.requestFullscreen?.().catch(() => say("This browser shows nothing in full screen."));
}
