// A list without an end: page after page is asked for as somebody scrolls, and pages that are far away are taken out of
// the document and forgotten but for their height, so that the browser's memory stays flat. They are asked for again when
// somebody comes back. Knows nothing of what the rows are.

import { isLeft } from "./api.js";
import { h } from "./dom.js";

/**
 * @template R
 * @typedef {object} Leaf
 * @property {string | null} cursor where it begins
 * @property {R[]} before rows of the page before that are shown on this one
 * @property {unknown} mark what `render` noted at the end of the page before
 * @property {number} height as it was when it was last shown
 * @property {HTMLElement} element
 * @property {"empty" | "loading" | "full"} state
 */

/**
 * @template R
 * @typedef {object} Source
 * @property {(cursor: string | null) => Promise<{rows: R[], next: string | null}>} load
 * @property {(rows: R[], mark: any, last: boolean) => {element: Node, rest: R[], mark: unknown}} render draws rows; gives back those that
 *   belong on the next page, and a mark for it; the first page has none
 * @property {() => Node} end what stands at the end
 * @property {(error: unknown) => void} failed
 */

/** Pages within so many pixels are there. */
const NEAR = 2_500;

/** @template R */
export class Endless {
  /** @type {Leaf<R>[]} */
  leaves = [];
  /** @type {Node | null} */
  #end = null;
  #observer;

  /** @param {HTMLElement} root @param {Source<R>} source @param {AbortSignal} signal */
  constructor(root, source, signal) {
    this.root = root;
    this.source = source;
    this.signal = signal;
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const leaf = this.leaves.find(({ element }) => element === target);
        if (leaf && isIntersecting) void this.#fill(leaf);
        else if (leaf) this.#drop(leaf);
      }
    }, { rootMargin: `${NEAR}px 0px` });
    signal.addEventListener("abort", () => this.#observer.disconnect(), { once: true });
  }

  /** Begins anew with the first page, which may be known already. @param {{rows: R[], next: string | null}} [page] */
  async begin(page) {
    const first = this.#leaf(null, [], undefined);
    const old = this.leaves;
    this.leaves = [first];
    const given = page ?? await this.source.load(null);
    if (this.signal.aborted || this.leaves[0] !== first) return;
    this.#end?.parentNode?.removeChild(this.#end);
    this.#end = null;
    this.#show(first, given);
    old.forEach(({ element }) => this.#observer.unobserve(element));
    this.root.replaceChildren(first.element, ...this.leaves.slice(1).map(({ element }) => element), ...(this.#end ? [this.#end] : []));
    this.leaves.forEach(({ element }) => this.#observer.observe(element));
  }

  /** Goes on where somebody left. @param {{cursor: string | null, before: R[], mark: unknown, height: number}[]} places */
  resume(places) {
    this.leaves = places.map(({ cursor, before, mark, height }) => {
      const leaf = this.#leaf(cursor, before, mark);
      this.#keepHeight(leaf, height);
      return leaf;
    });
    this.root.replaceChildren(...this.leaves.map(({ element }) => element));
    this.leaves.forEach(({ element }) => this.#observer.observe(element));
  }

  /** Where somebody is who leaves now. */
  places() {
    return this.leaves.map((leaf) => {
      const height = leaf.state === "full" ? leaf.element.getBoundingClientRect().height : leaf.height;
      return { cursor: leaf.cursor, before: leaf.before, mark: leaf.mark, height };
    });
  }

  /** @param {string | null} cursor @param {R[]} before @param {unknown} mark @returns {Leaf<R>} */
  #leaf(cursor, before, mark) {
    return { cursor, before, mark, height: 0, element: h("div", { class: "leaf" }), state: "empty" };
  }

  /** @param {Leaf<R>} leaf */
  async #fill(leaf) {
    if (leaf.state !== "empty") return;
    leaf.state = "loading";
    try {
      const page = await this.source.load(leaf.cursor);
      if (!this.leaves.includes(leaf) || this.signal.aborted) return;
      this.#show(leaf, page);
    } catch (error) {
      leaf.state = "empty";
      if (!isLeft(error)) this.source.failed(error);
    }
  }

  /** @param {Leaf<R>} leaf @param {{rows: R[], next: string | null}} page */
  #show(leaf, { rows, next }) {
    const place = this.leaves.indexOf(leaf);
    const { element, rest, mark } = this.source.render([...leaf.before, ...rows], leaf.mark, next === null);
    leaf.element.replaceChildren(element);
    leaf.element.style.removeProperty("height");
    leaf.state = "full";
    if (place < this.leaves.length - 1) return;
    if (next === null) {
      this.#end ??= this.source.end();
      leaf.element.after(this.#end);
      return;
    }
    const following = this.#leaf(next, rest, mark);
    this.#keepHeight(following, innerHeight);
    this.leaves.push(following);
    leaf.element.after(following.element);
    this.#observer.observe(following.element);
  }

  /** @param {Leaf<R>} leaf */
  #drop(leaf) {
    if (leaf.state !== "full") return;
    leaf.state = "empty";
    this.#keepHeight(leaf, leaf.element.getBoundingClientRect().height);
    leaf.element.replaceChildren();
  }

  /** @param {Leaf<R>} leaf @param {number} height */
  #keepHeight(leaf, height) {
    leaf.height = height;
    leaf.element.style.setProperty("height", `${height}px`);
  }
}
