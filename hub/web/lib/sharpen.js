// Pictures begin as thumbnails. One that rests in view gets the whole picture, where the thumbnail is too coarse for its place
// and nobody has asked the browser to save data.

const REST = 300;
const COARSE = 1.4;

/** @param {AbortSignal} signal @returns {(image: HTMLImageElement, whole: string) => void} */
export function sharpener(signal) {
  /** @type {WeakMap<Element, {whole: string, timer?: ReturnType<typeof setTimeout>}>} */
  const wanted = new WeakMap();
  const saving = /** @type {any} */ (navigator).connection?.saveData === true;
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const of = wanted.get(target);
      if (!of) continue;
      clearTimeout(of.timer);
      if (isIntersecting) of.timer = setTimeout(() => sharpen(/** @type {HTMLImageElement} */ (target), of.whole), REST);
    }
  });
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });

  /** @param {HTMLImageElement} image @param {string} whole */
  const sharpen = async (image, whole) => {
    if (signal.aborted || !image.isConnected) return;
    if (!image.complete) await new Promise((resolve) => { image.addEventListener("load", resolve, { once: true }); });
    watcher.unobserve(image);
    if (!image.naturalWidth || image.clientWidth * devicePixelRatio < image.naturalWidth * COARSE) return;
    const better = Object.assign(new Image(), { src: whole });
    try {
      await better.decode();
      if (image.isConnected) image.src = whole;
    } catch { /* the thumbnail stays */ }
  };

  return (image, whole) => {
    if (saving) return;
    wanted.set(image, { whole });
    watcher.observe(image);
  };
}
