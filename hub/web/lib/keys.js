// The keys of the page that is shown, and `?`, which lists them. Whoever types into a field types, and presses no keys.

import { h } from "./dom.js";

/** @typedef {{keys: string[], shown?: string[], does: string, run: (event: KeyboardEvent) => boolean | void}} Key */

const NAMES = /** @type {Record<string, string>} */ ({
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc",
});

/**
 * Until `signal`, pressing one of a key's `keys` runs it; `false` from it leaves the press to the browser.
 * @param {Key[]} keys
 * @param {AbortSignal} signal
 */
export function onKeys(keys, signal) {
  /** @type {Key[]} */
  const all = [...keys, { keys: ["?"], does: "Show these keys", run: () => help(all, signal) }];
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const key = all.find((one) => one.keys.includes(event.key));
    if (key && key.run(event) !== false) event.preventDefault();
  }, { signal });
}

/** @param {KeyboardEvent} event */
function isTyping({ target, key }) {
  if (document.querySelector("dialog[open]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("textarea, select, [contenteditable]")) return true;
  if (target.closest("button, summary, a") && (key === " " || key === "Enter")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

/** @param {Key[]} keys @param {AbortSignal} signal */
function help(keys, signal) {
  const rows = keys.flatMap(({ keys: of, shown, does }) => [
    h("dt", null, (shown ?? of).map((key) => h("kbd", null, NAMES[key] ?? key))),
    h("dd", null, does),
  ]);
  const dialog = h("dialog", { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove() },
    h("h2", { id: "help-title" }, "Keys"),
    h("dl", { class: "keys" }, rows),
    h("form", { method: "dialog", class: "row" }, h("button", { class: "button" }, "Close")));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  signal.addEventListener("abort", () => dialog.close(), { once: true });
}
