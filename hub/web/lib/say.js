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
