// Amounts as people read them. Pure.

/** `812 KiB`, `3.4 MiB`, `23.1 GiB`. @param {number} count */
export function bytes(count) {
  for (const [unit, size] of /** @type {const} */ ([["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]])) {
    if (count >= size) return `${(count / size).toFixed(unit === "KiB" ? 0 : 1)} ${unit}`;
  }
  return `${count} B`;
}

/** `1 message`, `1,200 messages`. @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}

/** `79 %` of a share from 0 to 1. @param {number} share */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}
