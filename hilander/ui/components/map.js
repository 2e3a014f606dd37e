// A map of points on a canvas. Pan by dragging, zoom by buttons, double click or ctrl+wheel; hover for the image,
// click (or Enter) to report the point; draw around points to report the outline. Images and names are asked for when
// they are needed, a few at a time. The peak is pinned with a star, ghosts have a dashed frame. Texts: textContent only.

const DWELL = 90, BATCH = 48, PATIENCE = 2500, CORNERS = 60, TIPS = 4000;  // ms, points asked for at once, ms
const places = new Map();  // what is laid out: zoom and position, so that coming back finds them

const simplified = (path, tolerance) => {  // Douglas and Peucker's, without recursion
  const keep = new Uint8Array(path.length), stack = [[0, path.length - 1]];
  keep[0] = keep[path.length - 1] = 1;
  while (stack.length) {
    const [a, b] = stack.pop(), [ax, ay] = path[a], [bx, by] = path[b], long = Math.hypot(bx - ax, by - ay) || 1;
    let far = -1, most = tolerance;
    for (let i = a + 1; i < b; i++) {
      const d = Math.abs((path[i][0] - ax) * (by - ay) - (path[i][1] - ay) * (bx - ax)) / long;
      const off = a === 0 && b === path.length - 1 ? Math.hypot(path[i][0] - ax, path[i][1] - ay) : d;
      if (off > most) { most = off; far = i; }
    }
    if (far > 0) { keep[far] = 1; stack.push([a, far], [far, b]); }
  }
  return path.filter((_, i) => keep[i]);
};

const outline = (path) => {  // at most CORNERS corners
  let tolerance = 1, found = simplified(path, tolerance);
  while (found.length > CORNERS) found = simplified(path, (tolerance *= 1.6));
  return found;
};

class PointMap extends Drawing {
  constructor(root, data, calls) {
    super();
    this.root = root; this.calls = calls; this.hover = -1; this.mode = null; this.path = []; this.corner = null;
    this.painter = new Painter(); this.stamps = new Map();
    this.canvas = root.querySelector("canvas"); this.tip = root.querySelector(".tip");
    this.take(data);
    this.listen();
    this.sizer = new ResizeObserver(() => { this.words(); this.draw(); });
    this.sizer.observe(this.canvas);
  }

  // -- what Python sends -------------------------------------------------------------------------

  take(data) {
    this.flight = 0;
    if (data.x === undefined) return this.learn(data.tips);
    if (!this.data || this.data.shows !== data.shows) {
      const place = places.get(data.shows) ?? { zoom: 1, pan: [0, 0] };
      this.zoom = place.zoom; this.pan = place.pan; this.tips = new Map(); this.images = new Map(); this.hover = -1;
    }
    this.data = data; this.points = new Points(data.x, data.y, data.codes); this.ghosts = new Set(data.ghosts);
    this.canvas.style.height = `${data.height}px`;
    this.canvas.setAttribute("aria-label", data.label);
    this.words(); this.learn(data.tips);
  }

  words() {  // legend, scale, and the buttons that only some maps have
    const { data, root } = this, star = document.createElement("b");
    star.textContent = data.peak >= 0 ? "★ peak · " : "";
    const how = this.mode ? "draw around points (or: Enter at two corners) · Esc ends" : "drag to pan, ctrl+wheel to zoom";
    root.querySelector(".legend").replaceChildren(star, this.canvas.clientWidth < 560 && !this.mode ? data.legend : `${data.legend} · ${how}`);
    const scale = root.querySelector(".scale");
    scale.hidden = !data.scale;
    if (data.scale) {
      const [low, high] = scale.querySelectorAll("span");
      low.textContent = `${data.scale.name} ${data.scale.low}`; high.textContent = data.scale.high;
      scale.querySelector("i").style.background = `linear-gradient(90deg, ${this.palette().join(",")})`;
    }
    for (const button of root.querySelectorAll("[data-mode]")) {
      button.hidden = !data.selectable;
      button.setAttribute("aria-pressed", String(button.dataset.mode === this.mode));
    }
    this.canvas.classList.toggle("selecting", this.mode !== null);
  }

  learn(tips) {  // images and names that were asked for
    for (const [key, [url, ...lines]] of Object.entries(tips ?? {})) {
      const i = Number(key), image = new Image();
      image.onload = () => this.drawSoon();
      if (typeof url === "string" && url.startsWith("data:image/")) image.src = url;
      this.tips.set(i, lines); this.images.set(i, image);
    }
    for (const i of this.tips.keys()) {
      if (this.tips.size <= TIPS) break;
      this.tips.delete(i); this.images.delete(i);
    }
    if (this.hover >= 0) this.showTip(this.hover);
    this.drawSoon();
  }

  ask(wanted) {  // one question under way at a time; what is then still missing is asked for by the next drawing
    const missing = wanted.filter((i) => i >= 0 && !this.tips.has(i)).slice(0, BATCH), now = performance.now();
    if (!missing.length || (this.flight && now - this.flight < PATIENCE)) return;
    this.flight = now;
    this.calls.wanted({ stamp: this.data.stamp, points: missing, at: Date.now() });
    clearTimeout(this.again);
    this.again = setTimeout(() => this.drawSoon(), PATIENCE + 50);  // the answer was lost: a page began anew
  }

  // -- what people do ----------------------------------------------------------------------------

  point(i) {
    if (i !== this.hover) this.dwelt = performance.now();
    this.hover = i;
    this.canvas.classList.toggle("over", i >= 0);
    this.tip.style.display = i >= 0 ? "block" : "none";
    if (i < 0) this.canvas.dataset.hover = "";
    else this.showTip(i);
    clearTimeout(this.dwell);
    if (i >= 0) this.dwell = setTimeout(() => this.ask([i, ...this.around(...this.at(i), 40)]), DWELL);
    this.draw();
  }

  showTip(i) {
    const lines = this.tips.get(i), [px, py] = this.at(i), image = document.createElement("img"), known = this.images.get(i);
    if (known?.src) image.src = known.src;
    image.alt = "";
    const texts = (lines ?? ["…"]).filter(Boolean).map((text) => { const line = document.createElement("div"); line.textContent = text; return line; });
    this.tip.replaceChildren(image, ...texts);
    this.canvas.dataset.hover = (lines ?? []).join("\n");
    if (lines) this.canvas.dataset.waited = Math.round(performance.now() - this.dwelt);
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight, box = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.max(4, px + 16 + box.width > w ? px - 16 - box.width : px + 16)}px`;
    this.tip.style.top = `${Math.max(4, Math.min(h - box.height - 4, py - box.height / 2))}px`;
  }

  scale(by, cx = this.canvas.clientWidth / 2, cy = this.canvas.clientHeight / 2) {
    const next = Math.min(120, Math.max(1, this.zoom * by)), f = next / this.zoom;
    const dx = cx - this.canvas.clientWidth / 2, dy = cy - this.canvas.clientHeight / 2;
    this.pan = next === 1 ? [0, 0] : [dx - (dx - this.pan[0]) * f, dy - (dy - this.pan[1]) * f];
    this.zoom = next;
    this.point(-1);
  }

  closer() {  // towards what is nearest to the middle, brought to the middle: the middle itself may be empty
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight, f = Math.min(120, this.zoom * 1.6) / this.zoom;
    const [cx, cy] = this.at(this.zoom === 1 && this.data.peak >= 0 ? this.data.peak : this.nearest(w / 2, h / 2, Infinity));
    const far = Math.hypot(cx - w / 2, cy - h / 2) > 0.2 * Math.min(w, h) / f;
    if (far || this.zoom === 1) this.pan = [this.pan[0] + w / 2 - cx, this.pan[1] + h / 2 - cy];
    this.scale(1.6);
  }

  step(dx, dy) {  // the nearest point in the direction of an arrow key
    if (this.hover < 0) return this.point(this.data.peak >= 0 ? this.data.peak : this.nearest(this.canvas.clientWidth / 2, this.canvas.clientHeight / 2, Infinity));
    const f = this.frame(), [px, py] = this.at(this.hover, f);
    let best = -1, least = Infinity;
    for (let i = 0; i < this.points.n; i++) {
      const [qx, qy] = this.at(i, f), along = (qx - px) * dx + (qy - py) * dy, off = Math.abs((qx - px) * dy) + Math.abs((qy - py) * dx);
      if (i !== this.hover && along > 0 && along + 2 * off < least) { least = along + 2 * off; best = i; }
    }
    if (best >= 0) this.point(best);
  }

  select(mode) {
    this.mode = this.mode === mode ? null : mode;
    this.path = []; this.corner = null;
    this.words(); this.drawSoon();
  }

  finish() {  // report what was drawn around
    const path = this.mode === "box" ? this.path : outline(this.path);
    const [low, high] = [Math.min, Math.max].map((of) => [0, 1].map((k) => of(...path.map((p) => p[k]))));
    this.path = []; this.corner = null;
    if (path.length >= 3 && high[0] - low[0] > 3 && high[1] - low[1] > 3) {
      const flat = path.flatMap(([px, py]) => this.unit(px, py)).map((v) => Math.round(Math.max(0, Math.min(LAST, v))));
      this.calls.lassoed(flat);
      this.data.lasso = flat;
    }
    this.drawSoon();
  }

  box(from, to) { this.path = [from, [to[0], from[1]], to, [from[0], to[1]]]; this.drawSoon(); }

  mark() {  // with the keyboard: one corner of a box, then the other
    const here = this.at(this.hover);
    if (!this.corner) { this.corner = here; this.path = [here]; return; }
    const side = (a, b) => (a <= b ? [a - 6, b + 6] : [a + 6, b - 6]), [x1, x2] = side(this.corner[0], here[0]), [y1, y2] = side(this.corner[1], here[1]);
    this.box([x1, y1], [x2, y2]);
    const mode = this.mode;
    this.mode = "box"; this.finish(); this.mode = mode;
  }

  listen() {
    const c = this.canvas;
    let from = null, moved = false;
    c.onpointerdown = (e) => { from = [e.offsetX, e.offsetY]; moved = false; if (this.mode) this.path = [from]; };
    c.onpointermove = (e) => {
      const here = [e.offsetX, e.offsetY];
      if (from && e.buttons) {
        const d = [here[0] - from[0], here[1] - from[1]];
        if (!moved && Math.hypot(...d) < 4) return;
        if (!moved) { c.setPointerCapture(e.pointerId); this.point(-1); }
        moved = true;
        if (this.mode === "box") return this.box(from, here);
        if (this.mode === "lasso") { this.path.push(here); return this.drawSoon(); }
        this.pan = [this.pan[0] + d[0], this.pan[1] + d[1]]; from = here;
        return this.drawSoon();
      }
      const i = this.nearest(...here, REACH);
      if (i !== this.hover) this.point(i);
    };
    c.onpointerup = () => { if (this.mode && moved) this.finish(); else if (this.mode) this.path = this.corner ? [this.corner] : []; from = null; };
    c.onpointerleave = () => this.point(-1);
    c.onclick = () => { if (!moved && !this.mode && this.hover >= 0) this.calls.chosen(this.hover); };
    c.ondblclick = (e) => { if (this.hover < 0 && !this.mode) this.scale(1.8, e.offsetX, e.offsetY); };
    c.onwheel = (e) => { if (e.ctrlKey || e.metaKey) { e.preventDefault(); this.scale(Math.exp(-e.deltaY / 300), e.offsetX, e.offsetY); } };
    c.onkeydown = (e) => this.key(e);
    for (const button of this.root.querySelectorAll("[data-mode]")) button.onclick = () => { this.select(button.dataset.mode); c.focus({ preventScroll: true }); };
    const [out, whole, into] = this.root.querySelectorAll("[data-zoom]");
    out.onclick = () => this.scale(1 / 1.6);
    into.onclick = () => this.closer();
    whole.onclick = () => { this.zoom = 1; this.pan = [0, 0]; this.point(-1); };
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[e.key]) this.step(...arrows[e.key]);
    else if (e.key === "Enter" && this.hover >= 0) { if (this.mode) this.mark(); else this.calls.chosen(this.hover); }
    else if (e.key === "+") this.closer();
    else if (e.key === "-") this.scale(1 / 1.6);
    else if (e.key === "s" && this.data.selectable) this.select("lasso");
    else if (e.key === "b" && this.data.selectable) this.select("box");
    else if (e.key === "Escape" && this.mode) this.select(this.mode);
    else return;
    e.preventDefault(); e.stopPropagation();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  const tell = (name) => (value) => setTriggerValue(name, value);
  const calls = { chosen: tell("chosen"), wanted: tell("wanted"), lassoed: tell("lassoed") };
  if (root.pointMap) {
    const map = root.pointMap;
    map.calls = calls; map.take(data);
  } else if (data.x === undefined) calls.wanted({ stamp: "", points: [], at: Date.now() });  // begun anew: all of it, please
  else root.pointMap = new PointMap(root, data, calls);
  root.pointMap?.draw();
}
