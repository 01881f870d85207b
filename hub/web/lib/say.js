// Says in passing what became of something, and asks before something that cannot be undone.

import { find, h, put } from "./dom.js";

const SHOWN = 5_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text */
export function say(text) {
  const toast = find(".toast");
  put(toast, text);
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { toast.hidden = true; }, SHOWN);
}

/** What an error says. @param {unknown} error */
export function words(error) {
  return error instanceof Error ? error.message : String(error);
}

/** The same as people write it. @param {unknown} error */
export function sentence(error) {
  const text = words(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}

/** Says that what somebody wanted was not done, and why. @param {unknown} error */
export function tellFailed(error) {
  say(error instanceof Error ? `This was not done: ${error.message}.` : "This was not done.");
}

/**
 * Asks; resolves to whether the answer is yes.
 * @param {{title: string, text: string, yes: string, grave?: boolean}} question `grave`: it cannot be undone
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, yes, grave = false }, signal) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-labelledby": "asked", onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      h("h2", { id: "asked" }, title),
      h("p", { class: "soft" }, text),
      h("form", { method: "dialog", class: "row" },
        h("button", { class: "button", value: "no", autofocus: true }, "Cancel"),
        h("button", { class: `button main${grave ? " danger" : ""}`, value: "yes" }, yes)));
    document.body.append(dialog);
    dialog.returnValue = "no";
    dialog.showModal();
    signal.addEventListener("abort", () => dialog.close("no"), { once: true });
  });
}
