// What is new, as the hub tells it: one stream for the whole page, open while somebody listens and looks. A browser keeps few
// connections to one hub, so a page that nobody sees gives its own back. Whoever listens is told `missed` when there was a
// gap, and asks anew.

import { connection } from "./api.js";

const HIDDEN_FOR = 20_000;
const [FIRST_TRY, LAST_TRY] = [1_000, 15_000];

/** @typedef {"event" | "image" | "reading" | "node" | "log" | "missed"} Change */

const told = new EventTarget();
/** @type {EventSource | null} */
let source = null;
let listeners = 0;
let wait = FIRST_TRY;
let gap = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Calls `each` with what is told, until `signal`.
 * @param {Change[]} kinds
 * @param {(data: any, kind: Change) => void} each
 * @param {AbortSignal} signal
 */
export function listen(kinds, each, signal) {
  if (signal.aborted) return;
  for (const kind of kinds) {
    told.addEventListener(kind, (event) => each(/** @type {CustomEvent} */ (event).detail, kind), { signal });
  }
  listeners += 1;
  signal.addEventListener("abort", () => {
    listeners -= 1;
    // The next page listens at once: what it would open again is not closed.
    setTimeout(() => { if (listeners === 0) close(); }, 1_000);
  }, { once: true });
  if (!document.hidden) open();
}

function open() {
  if (source) return;
  clearTimeout(timer);
  source = new EventSource("/api/changes");
  for (const kind of ["event", "image", "reading", "node", "log", "missed"]) {
    source.addEventListener(kind, (event) => tell(kind, /** @type {MessageEvent} */ (event).data));
  }
  source.addEventListener("open", () => {
    wait = FIRST_TRY;
    // A connection that the browser has healed goes on where it was; a new one does not know where that was.
    if (gap) tell("missed", "");
    gap = false;
  });
  source.addEventListener("error", () => {
    void connection.check();
    // A lost connection heals by itself; a refused one is closed for good.
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    if (listeners > 0 && !document.hidden) timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LAST_TRY);
  });
}

function close() {
  clearTimeout(timer);
  gap ||= source !== null;
  source?.close();
  source = null;
}

/** @param {string} kind @param {string} data */
function tell(kind, data) {
  let detail = null;
  try {
    detail = data ? JSON.parse(data) : null;
  } catch {
    return;
  }
  told.dispatchEvent(new CustomEvent(kind, { detail }));
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) timer = setTimeout(close, HIDDEN_FOR);
  else if (listeners > 0) open();
});
