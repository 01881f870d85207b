// Asks who is there, and goes on to where they wanted to go.

import { go } from "../app.js";
import { change } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { forget } from "../lib/hub.js";
import { sentence } from "../lib/say.js";

/** @param {HTMLElement} root @param {import("../app.js").Address} address @param {AbortSignal} signal */
export async function show(root, address, signal) {
  const user = h("input", { id: "user", name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  const button = h("button", { class: "button main" }, "Log in");
  const refused = h("p", { class: "error", role: "alert", hidden: true });
  const form = h("form", { class: "login panel", method: "post", onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    refused.hidden = true;
    try {
      await change("POST", "/api/session", { body: { user: user.value, password: password.value }, signal });
      forget();
      go(own(address.query.get("to")), { replace: true });
    } catch (error) {
      if (signal.aborted) return;
      put(refused, sentence(error));
      refused.hidden = false;
      password.select();
    } finally {
      button.disabled = false;
    }
  } },
    h("h1", null, "Log in"),
    refused,
    h("label", { class: "field" }, h("span", null, "Name"), user),
    h("label", { class: "field" }, h("span", null, "Password"), password),
    button);
  put(root, form, h("p", { class: "login-hint soft small" }, "No name yet? On the hub's machine, ", h("code", null, "picket-hub user add NAME"), " makes one."));
  user.focus();
}

/** Where somebody wanted to go, if that is an address of this page. @param {string | null} to */
function own(to) {
  try {
    const wanted = new URL(to ?? "/", location.origin);
    const stays = wanted.origin === location.origin && wanted.pathname !== "/login" && !wanted.pathname.startsWith("//");
    return stays ? wanted.pathname + wanted.search : "/";
  } catch {
    return "/";
  }
}
