// The few signs of the page, drawn in one weight.

import { svg } from "./dom.js";

const PATHS = {
  today: ["M4 5h7v8H4zM13 5h7v5h-7zM13 12h7v7h-7zM4 15h7v4H4z"],
  calendar: ["M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"],
  log: ["M5 6h14M5 10h14M5 14h9M5 18h6"],
  nodes: ["M4 8h11v9H4zM15 11l5-2.5v8L15 14"],
  filter: ["M4 7h16M7 12h10M10 17h4"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  pin: ["M9 4h6l-.7 6 3.2 3.5H6.500L9.7 10zM12 13.500V20"],
  play: ["M8 5.500v13l10-6.500z"],
  pause: ["M8 6v12M16 6v12"],
  left: ["M14.5 5.500L8 12l6.5 6.5"],
  right: ["M9.5 5.500L16 12l-6.5 6.5"],
  close: ["M6 6l12 12M18 6L6 18"],
  download: ["M12 4v11M7 11l5 5 5-5M5 20h14"],
  bin: ["M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5"],
  link: ["M10 14a4 4 0 0 0 6 .400l3-3a4 4 0 0 0-5.7-5.700L12 7M14 10a4 4 0 0 0-6-.400l-3 3a4 4 0 0 0 5.7 5.700L12 17"],
  boxes: ["M3.5 5.5h10v9h-10zM16.5 10h4v8.5h-8V17"],
  grid: ["M4 4h16v16H4zM4 9.300h16M4 14.700h16M9.3 4v16M14.7 4v16"],
  image: ["M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.500L20 17"],
  alert: ["M12 4l9 16H3zM12 10v4.500M12 17.200v.1"],
  dot: ["M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z"],
  help: ["M9 9.500a3 3 0 1 1 4.5 2.600c-1 .6-1.5 1.1-1.5 2.400M12 17.700v.1"],
  full: ["M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"],
  up: ["M12 19V5M6 11l6-6 6 6"],
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export function icon(name) {
  const lines = PATHS[name].map((d) => svg("path", { d }));
  const look = { fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", ...look }, lines);
}
