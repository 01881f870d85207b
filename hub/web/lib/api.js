// Asks the hub. A question that the connection swallowed is asked again once the hub answers; meanwhile `connection` says so.
// What the hub refuses is an ApiError with its own words.

/** @typedef {Record<string, string | number | boolean | null | undefined | (string | number)[]>} Query */

/** What the hub has refused. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The hub did not answer. */
export class LostError extends Error {}

const PATIENCE = 15_000;
const [FIRST_TRY, LAST_TRY] = [1_000, 10_000];

/** Whether the hub answers: sends `lost` and `back`; and `stranger` when it wants to know who is there. */
class Connection extends EventTarget {
  lost = false;
  /** @type {Promise<void> | null} */
  #healing = null;

  /** Resolves when the hub answers again. @returns {Promise<void>} */
  heal() {
    this.#healing ??= this.#try().finally(() => { this.#healing = null; });
    return this.#healing;
  }

  /** Asks whether the hub answers, where there is reason to doubt it. */
  async check() {
    if (!this.#healing && !await answers()) void this.heal();
  }

  async #try() {
    this.lost = true;
    this.dispatchEvent(new Event("lost"));
    for (let wait = FIRST_TRY; ; wait = Math.min(wait * 1.6, LAST_TRY)) {
      await pause(wait);
      if (await answers()) break;
    }
    this.lost = false;
    this.dispatchEvent(new Event("back"));
  }
}

export const connection = new Connection();

/** @returns {Promise<boolean>} */
async function answers() {
  try {
    const answer = await fetch("/api/hub", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    // A session that has ended elsewhere shuts the stream of changes, and this is how a page that only listens learns of it.
    if (answer.status === 401) connection.dispatchEvent(new Event("stranger"));
    return answer.status < 500;
  } catch {
    return false;
  }
}

/** A wait that the network's coming back cuts short. @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => {
    const done = () => { clearTimeout(timer); removeEventListener("online", done); resolve(); };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
  });
}

/**
 * `path` with what is asked.
 * @param {string} path
 * @param {Query} [query]
 */
export function url(path, query = {}) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "" || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(key, String(one));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * @param {string} method
 * @param {string} where
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
async function ask(method, where, body, signal) {
  /** @type {RequestInit} */
  const init = { method, headers: { accept: "application/json" }, signal: patient(signal),
    // What somebody has done is done also where they leave the page at once.
    keepalive: method !== "GET" };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  let answer, text;
  try {
    answer = await fetch(where, init);
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new LostError("the hub does not answer");
  }
  if (answer.ok) return text ? JSON.parse(text) : null;
  if (answer.status === 502 || answer.status === 504) throw new LostError("the hub does not answer");
  if (answer.status === 401) connection.dispatchEvent(new Event("stranger"));
  throw new ApiError(answer.status, words(text) ?? `the hub answers ${answer.status}`);
}

/** @param {AbortSignal} [signal] */
function patient(signal) {
  const limit = AbortSignal.timeout(PATIENCE);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

/** @param {string} text @returns {string | undefined} */
function words(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return undefined;
  }
}

/**
 * Reads; waits for the hub where it is away.
 * @param {string} path
 * @param {Query} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, query, signal) {
  for (;;) {
    try {
      return await ask("GET", url(path, query), undefined, signal);
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
      await connection.heal();
      signal?.throwIfAborted();
    }
  }
}

/**
 * Changes something, once: where the hub does not answer, nobody knows whether it did.
 * @param {"PUT" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {{query?: Query, body?: unknown, signal?: AbortSignal}} [what]
 * @returns {Promise<any>}
 */
export async function change(method, path, { query, body, signal } = {}) {
  try {
    return await ask(method, url(path, query), body, signal);
  } catch (error) {
    if (error instanceof LostError) void connection.heal();
    throw error;
  }
}

/** Whether nothing went wrong but that the page was left. @param {unknown} error */
export function isLeft(error) {
  return error instanceof DOMException && error.name === "AbortError";
}
