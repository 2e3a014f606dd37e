// Times from an input event to the frame in which a test of the page first holds. Put into every page before its scripts.
window.stopwatch = {
  began: null, seen: null, armed: null, turn: 0,

  // The page and the insides of our components.
  all(selector) {
    const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
    const roots = [document, ...hosts.map((host) => host.shadowRoot).filter(Boolean)];
    return roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  },
  group(start) { return this.all("[role=group]").find((it) => (it.ariaLabel ?? "").startsWith(start)); },
  heading(pattern) { return this.all("h1, h2, h3").find((it) => pattern.test(it.textContent)); },

  // Every picture of it that is in sight has been decoded.
  loaded(node) {
    if (!node) return false;
    return [...node.querySelectorAll("img")].every((image) => {
      const box = image.getBoundingClientRect();
      const inSight = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      return !inSight || (image.complete && image.naturalWidth > 0);
    });
  },
  ink(canvas) {
    const g = canvas.getContext("2d"), pixels = g.getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) return true;
    return false;
  },

  // From the next event of type `on` (null: from the page's navigation) until `test` holds.
  start(on, test) {
    const turn = ++this.turn;
    this.seen = null; this.armed = on; this.began = on === null ? 0 : null;
    const look = () => {
      if (turn !== this.turn) return;
      if (this.began !== null && test()) requestAnimationFrame(() => { this.seen = performance.now(); });
      else requestAnimationFrame(look);
    };
    look();
  },
};
for (const type of ["pointerdown", "pointerup", "pointermove", "keydown"]) {
  addEventListener(type, (event) => {
    if (stopwatch.armed === type) { stopwatch.armed = null; stopwatch.began = event.timeStamp; }
  }, true);
}
