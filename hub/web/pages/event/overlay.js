// What the detector saw, drawn over the frame: the boxes in which something changed most, and the cells of the 16 x 16 grid
// that have changed. Both are in the coordinates of the frame as it was sent.

import { put, svg } from "../../lib/dom.js";

const CELLS = 16;

export class Overlay {
  boxes = false;
  grid = false;

  /** @param {Pick<import("../../lib/rows.js").EventRow, "boxes" | "grid">} row */
  constructor(row) {
    this.row = row;
    this.element = svg("svg", { class: "overlay", "aria-hidden": "true" });
  }

  get hasBoxes() {
    return boxes(this.row).length > 0;
  }

  get hasGrid() {
    return cells(this.row.grid).length > 0;
  }

  /** @param {number} width @param {number} height of the frame @param {boolean} best whether it is the one that the boxes are of */
  draw(width, height, best) {
    put(this.element);
    if (!width || !height) return;
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [w, h] = [width / CELLS, height / CELLS];
    put(this.element,
      this.grid ? cells(this.row.grid).map(([x, y]) => svg("rect", { class: "overlay-cell", x: x * w, y: y * h, width: w, height: h })) : null,
      this.boxes ? boxes(this.row).map(([x, y, bw, bh]) => svg("rect", { class: best ? "overlay-box" : "overlay-box is-elsewhere", x, y, width: bw, height: bh, rx: 2 })) : null);
  }
}

/** @param {Pick<import("../../lib/rows.js").EventRow, "boxes">} row @returns {number[][]} */
function boxes({ boxes: all }) {
  const isBox = (/** @type {unknown} */ box) => Array.isArray(box) && box.length === 4 && box.every((side) => Number.isFinite(side) && side >= 0);
  return Array.isArray(all) ? all.filter(isBox) : [];
}

/**
 * The cells that are set, as column and row: 16 rows from the top, each four hexadecimal digits, the leftmost cell first.
 * @param {string | null} grid
 * @returns {[number, number][]}
 */
export function cells(grid) {
  if (typeof grid !== "string" || !/^[0-9a-f]{64}$/i.test(grid)) return [];
  /** @type {[number, number][]} */
  const set = [];
  for (let y = 0; y < CELLS; y += 1) {
    const bits = parseInt(grid.slice(4 * y, 4 * y + 4), 16);
    for (let x = 0; x < CELLS; x += 1) if (bits & (1 << (CELLS - 1 - x))) set.push([x, y]);
  }
  return set;
}
