// A map of points on a canvas: pan by dragging, zoom by buttons, double click or ctrl+wheel, hover for the image,
// click (or Enter) to report the point's row. The peak is pinned as an image with a star. Texts only by textContent.

const RADIUS = 4, PEAK = 36, MOST_IMAGES = 400, EDGE = 36, TOP = 64; // px; TOP leaves room for the buttons

// How large to draw each image when `count` of them share the canvas.
const imageSize = (w, h, count) => Math.max(16, Math.min(32, 0.42 * Math.sqrt((w * h) / count)));

const floats = (base64) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
};

const scaled = (values) => {
  let low = Infinity, high = -Infinity;
  for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
  return { low, span: Math.max(high - low, 1e-9) };
};

class Atlas {
  // Decoded thumbnails, made when first asked for; `ready` is called when one arrives.
  constructor(urls, ready) { this.urls = urls; this.ready = ready; this.images = new Map(); }
  get(i) {
    const url = this.urls[i];
    if (typeof url !== "string" || !url.startsWith("data:image/")) return null;
    let image = this.images.get(i);
    if (!image) {
      image = new Image();
      image.onload = () => this.ready();
      image.src = url;
      this.images.set(i, image);
    }
    return image.complete && image.naturalWidth ? image : null;
  }
}

class PointMap {
  constructor(root, data, report) {
    this.root = root; this.report = report; this.hover = -1; this.zoom = 1; this.pan = [0, 0];
    this.canvas = root.querySelector("canvas"); this.tip = root.querySelector(".tip");
    this.take(data);
    this.listen();
    this.sizer = new ResizeObserver(() => this.draw());
    this.sizer.observe(this.canvas);
  }

  take(data) {
    this.data = data;
    this.x = floats(data.x); this.y = floats(data.y);
    this.sx = scaled(this.x); this.sy = scaled(this.y);
    this.atlas = new Atlas(data.thumbs, () => this.drawSoon());
    this.canvas.style.height = `${data.height}px`;
    this.canvas.setAttribute("aria-label", data.label);
    const legend = this.root.querySelector(".legend");
    const star = document.createElement("b");
    star.textContent = data.peak >= 0 ? "★ peak · " : "";
    legend.replaceChildren(star, `${data.legend} · drag to pan, ctrl+wheel to zoom`);
  }

  at(i) {  // canvas position of point i, in CSS pixels
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight;
    const u = (this.x[i] - this.sx.low) / this.sx.span, v = (this.y[i] - this.sy.low) / this.sy.span;
    const px = EDGE + u * (w - 2 * EDGE), py = TOP + (1 - v) * (h - TOP - EDGE);
    return [(px - w / 2) * this.zoom + w / 2 + this.pan[0], (py - h / 2) * this.zoom + h / 2 + this.pan[1]];
  }

  colours() {
    const style = getComputedStyle(this.root), of = (name) => style.getPropertyValue(`--st-${name}`).trim();
    return { dot: of("primary-color"), ring: of("text-color"), peak: of("orange-color"), back: of("background-color") };
  }

  drawSoon() {  // once a frame, however many images arrive
    this.asked ??= requestAnimationFrame(() => { this.asked = null; this.draw(); });
  }

  draw() {
    const { canvas } = this, ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
    if (!w || !h) return;
    if (canvas.width !== Math.round(w * ratio)) canvas.width = Math.round(w * ratio);
    if (canvas.height !== Math.round(h * ratio)) canvas.height = Math.round(h * ratio);
    const g = canvas.getContext("2d"), colour = this.colours();
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    const seen = this.visible(w, h);
    const asImages = seen.length <= MOST_IMAGES, size = imageSize(w, h, seen.length);
    for (const i of seen) {
      if (i === this.data.peak) continue;
      if (!asImages || !this.image(g, i, size)) this.dot(g, i, colour.dot);
    }
    if (this.data.peak >= 0) this.peak(g, colour);
    if (this.hover >= 0) this.ring(g, this.hover, colour.ring, this.hover === this.data.peak ? PEAK / 2 + 6 : asImages ? size / 2 + 3 : RADIUS + 4);
    canvas.dataset.drawn = seen.length;
  }

  visible(w, h) {
    const seen = [];
    for (let i = 0; i < this.x.length; i++) {
      const [px, py] = this.at(i);
      if (px > -20 && py > -20 && px < w + 20 && py < h + 20) seen.push(i);
    }
    return seen;
  }

  dot(g, i, colour) {
    const [px, py] = this.at(i);
    g.globalAlpha = 0.72; g.fillStyle = colour;
    g.beginPath(); g.arc(px, py, RADIUS, 0, 7); g.fill();
    g.globalAlpha = 1;
  }

  image(g, i, size) {
    const image = this.atlas.get(i);
    if (!image) return false;
    const [px, py] = this.at(i), s = size / Math.max(image.naturalWidth, image.naturalHeight);
    const iw = image.naturalWidth * s, ih = image.naturalHeight * s;
    g.drawImage(image, px - iw / 2, py - ih / 2, iw, ih);
    return true;
  }

  ring(g, i, colour, radius) {
    const [px, py] = this.at(i);
    g.lineWidth = 2; g.strokeStyle = colour;
    g.beginPath(); g.arc(px, py, radius, 0, 7); g.stroke();
  }

  peak(g, colour) {
    const [px, py] = this.at(this.data.peak);
    g.fillStyle = colour.back; g.fillRect(px - PEAK / 2 - 3, py - PEAK / 2 - 3, PEAK + 6, PEAK + 6);
    this.image(g, this.data.peak, PEAK);
    g.lineWidth = 3; g.strokeStyle = colour.peak; g.strokeRect(px - PEAK / 2 - 2, py - PEAK / 2 - 2, PEAK + 4, PEAK + 4);
    g.fillStyle = colour.peak; g.strokeStyle = colour.back; g.lineWidth = 3; g.beginPath();
    for (let k = 0; k < 10; k++) {
      const a = -Math.PI / 2 + (k * Math.PI) / 5, r = k % 2 ? 4.5 : 10;
      g.lineTo(px + PEAK / 2 + r * Math.cos(a), py - PEAK / 2 + r * Math.sin(a));
    }
    g.closePath(); g.stroke(); g.fill();
  }

  nearest(px, py, reach) {
    let best = -1, least = reach * reach;
    for (let i = 0; i < this.x.length; i++) {
      const [qx, qy] = this.at(i), d = (qx - px) ** 2 + (qy - py) ** 2;
      if (d < (i === this.data.peak ? least * 2 : least)) { least = d; best = i; }
    }
    return best;
  }

  point(i) {
    this.hover = i;
    this.canvas.classList.toggle("over", i >= 0);
    this.canvas.dataset.hover = i >= 0 ? this.data.names[i] : "";
    this.tip.style.display = i >= 0 ? "block" : "none";
    if (i >= 0) this.showTip(i);
    this.draw();
  }

  showTip(i) {
    const [px, py] = this.at(i), image = document.createElement("img");
    const lines = this.data.names[i].split("\n").map((text) => { const line = document.createElement("div"); line.textContent = text; return line; });
    const url = this.data.thumbs[i];
    if (typeof url === "string" && url.startsWith("data:image/")) image.src = url;
    image.alt = "";
    this.tip.replaceChildren(image, ...lines);
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight, box = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.max(4, px + 16 + box.width > w ? px - 16 - box.width : px + 16)}px`;
    this.tip.style.top = `${Math.max(4, Math.min(h - box.height - 4, py - box.height / 2))}px`;
  }

  scale(by, cx = this.canvas.clientWidth / 2, cy = this.canvas.clientHeight / 2) {
    const next = Math.min(60, Math.max(1, this.zoom * by)), f = next / this.zoom;
    const dx = cx - this.canvas.clientWidth / 2, dy = cy - this.canvas.clientHeight / 2;
    this.pan = next === 1 ? [0, 0] : [dx - (dx - this.pan[0]) * f, dy - (dy - this.pan[1]) * f];
    this.zoom = next;
    this.point(-1);
  }

  closer() {  // towards what is nearest to the middle, brought to the middle: the middle itself may be empty
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight, f = Math.min(60, this.zoom * 1.6) / this.zoom;
    const [cx, cy] = this.at(this.zoom === 1 && this.data.peak >= 0 ? this.data.peak : this.nearest(w / 2, h / 2, Infinity));
    const far = Math.hypot(cx - w / 2, cy - h / 2) > 0.2 * Math.min(w, h) / f;
    if (far || this.zoom === 1) this.pan = [this.pan[0] + w / 2 - cx, this.pan[1] + h / 2 - cy];
    this.scale(1.6);
  }

  step(dx, dy) {  // the nearest point in the direction of an arrow key
    if (this.hover < 0) return this.point(this.data.peak >= 0 ? this.data.peak : 0);
    const [px, py] = this.at(this.hover);
    let best = -1, least = Infinity;
    for (let i = 0; i < this.x.length; i++) {
      const [qx, qy] = this.at(i), along = (qx - px) * dx + (qy - py) * dy, off = Math.abs((qx - px) * dy) + Math.abs((qy - py) * dx);
      if (i !== this.hover && along > 0 && along + 2 * off < least) { least = along + 2 * off; best = i; }
    }
    if (best >= 0) this.point(best);
  }

  listen() {
    const c = this.canvas;
    let from = null, moved = false;
    c.onpointerdown = (e) => { from = [e.offsetX, e.offsetY]; moved = false; };
    c.onpointermove = (e) => {
      if (from && e.buttons) {
        const d = [e.offsetX - from[0], e.offsetY - from[1]];
        if (!moved && Math.hypot(...d) < 4) return;
        moved = true;
        c.setPointerCapture(e.pointerId);
        this.pan = [this.pan[0] + d[0], this.pan[1] + d[1]]; from = [e.offsetX, e.offsetY];
        return this.point(-1);
      }
      const i = this.nearest(e.offsetX, e.offsetY, 16);
      if (i !== this.hover) this.point(i);
    };
    c.onpointerup = () => { from = null; };
    c.onpointerleave = () => this.point(-1);
    c.onclick = () => { if (!moved && this.hover >= 0) this.report(this.data.rows[this.hover]); };
    c.ondblclick = (e) => { if (this.hover < 0) this.scale(1.8, e.offsetX, e.offsetY); };
    c.onwheel = (e) => { if (e.ctrlKey || e.metaKey) { e.preventDefault(); this.scale(Math.exp(-e.deltaY / 300), e.offsetX, e.offsetY); } };
    c.onkeydown = (e) => this.key(e);
    const [out, whole, into] = this.root.querySelectorAll(".tools button");
    out.onclick = () => this.scale(1 / 1.6);
    into.onclick = () => this.closer();
    whole.onclick = () => { this.zoom = 1; this.pan = [0, 0]; this.point(-1); };
  }

  key(e) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[e.key]) this.step(...arrows[e.key]);
    else if (e.key === "Enter" && this.hover >= 0) this.report(this.data.rows[this.hover]);
    else if (e.key === "+") this.closer();
    else if (e.key === "-") this.scale(1 / 1.6);
    else return;
    e.preventDefault(); e.stopPropagation();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  const report = (row) => setTriggerValue("chosen", row);
  if (root.pointMap) {
    const map = root.pointMap;
    if (map.data.shows !== data.shows) { map.zoom = 1; map.pan = [0, 0]; }
    map.report = report; map.take(data); map.point(-1);
  } else root.pointMap = new PointMap(root, data, report);
  root.pointMap.draw();
}
