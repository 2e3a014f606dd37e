// Times from an input event to the frame in which a test of the page first holds. Put into every page before its scripts.
window.stopwatch = {
  runs: {},  // by name: when it began and was seen, in ms since the navigation; null before

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
  start(name, on, test) {
    const run = { on, began: on === null ? 0 : null, seen: null };
    this.runs[name] = run;
    const look = () => {
      if (run !== this.runs[name]) return;
      if (run.began !== null && test()) requestAnimationFrame(() => { run.seen = performance.now(); });
      else requestAnimationFrame(look);
    };
    look();
  },
  took(name) { const run = this.runs[name]; return run.seen === null ? null : run.seen - run.began; },

  // What the gallery shows, to tell it from another one.
  gallery() {
    const group = this.group("Clusters");
    return group ? [...group.querySelectorAll("[data-id]")].map((it) => it.dataset.id + it.ariaLabel).join() : null;
  },
};
for (const type of ["pointerdown", "pointerup", "pointermove", "keydown"]) {
  addEventListener(type, (event) => {
    for (const run of Object.values(stopwatch.runs)) {
      if (run.on === type && run.began === null) run.began = event.timeStamp;
    }
  }, true);
}
