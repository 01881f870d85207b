// Moves the focus from card to card as arrows point.

/** @typedef {"left" | "right" | "up" | "down"} Way */

/**
 * The card beside `from` that way; the first one in sight where there is none to begin with.
 * @param {HTMLElement} root
 * @param {Element | null} from
 * @param {Way} way
 * @returns {HTMLElement | null}
 */
export function beside(root, from, way) {
  const cards = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".card")]);
  const at = from ? cards.indexOf(/** @type {HTMLElement} */ (from)) : -1;
  if (at < 0 || !from) return cards.find((card) => card.getBoundingClientRect().top >= 0) ?? cards[0] ?? null;
  if (way === "left" || way === "right") return cards[at + (way === "left" ? -1 : 1)] ?? null;
  const here = from.getBoundingClientRect();
  const ahead = (way === "up" ? cards.slice(0, at).reverse() : cards.slice(at + 1)).map((card) => ({ card, box: card.getBoundingClientRect() }));
  const row = ahead.find(({ box }) => (way === "up" ? box.bottom <= here.top + 1 : box.top >= here.bottom - 1));
  if (!row) return null;
  const inRow = ahead.filter(({ box }) => Math.abs(box.top - row.box.top) < 2);
  const off = (/** @type {DOMRect} */ box) => Math.abs(box.left - here.left);
  return inRow.reduce((best, one) => (off(one.box) < off(best.box) ? one : best)).card;
}
