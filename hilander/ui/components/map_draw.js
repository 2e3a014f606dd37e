// How a map of points looks: where a point lies on the canvas, and everything that is drawn there. Needs map_points.js.
// Knows nothing about the mouse; asks for images that it lacks through `ask`, which map.js has.

const PEAK = 36, GHOST = 30, MOST_IMAGES = 240, EDGE = 36, TOP = 64, REACH = 14;  // px; TOP leaves room for the buttons
const imageSize = (w, h, count) => Math.max(16, Math.min(32, 0.42 * Math.sqrt((w * h) / count)));

class Drawing {
  // -- places ------------------------------------------------------------------------------------

  frame() {  // px = ax * x + bx, py = ay * y + by, in CSS pixels
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight, z = this.zoom;
    const ax = ((w - 2 * EDGE) / LAST) * z, ay = (-(h - TOP - EDGE) / LAST) * z;
    return { w, h, ax, ay, bx: (EDGE - w / 2) * z + w / 2 + this.pan[0], by: (h - EDGE - h / 2) * z + h / 2 + this.pan[1] };
  }

  at(i, f = this.frame()) { return [f.ax * this.points.x[i] + f.bx, f.ay * this.points.y[i] + f.by]; }

  unit(px, py) { const f = this.frame(); return [(px - f.bx) / f.ax, (py - f.by) / f.ay]; }

  around(px, py, reach) {  // points at most `reach` pixels away along both axes
    const f = this.frame(), [u, v] = this.unit(px, py);
    return this.points.within(u, v, reach / f.ax, reach / -f.ay);
  }

  nearest(px, py, reach) {
    const f = this.frame();
    let best = -1, least = reach * reach;
    const consider = (i, favour) => {
      const [qx, qy] = this.at(i, f), d = ((qx - px) ** 2 + (qy - py) ** 2) / favour;
      if (d < least) { least = d; best = i; }
    };
    if (reach < Infinity) for (const i of this.around(px, py, reach)) consider(i, 1);
    else for (let i = 0; i < this.points.n; i++) consider(i, 1);
    for (const i of [this.data.peak, ...this.ghosts]) if (i >= 0) consider(i, 3);
    return best;
  }

  // -- drawing -----------------------------------------------------------------------------------

  palette() { return this.isDark() ? this.data.palette.dark : this.data.palette.light; }

  isDark() { const [r, g, b] = rgbOf(this.theme("background-color")); return r + g + b < 384; }

  theme(name) { return getComputedStyle(this.root).getPropertyValue(`--st-${name}`).trim(); }

  drawSoon() {  // once a frame, however many images arrive
    this.asked ??= requestAnimationFrame(() => { this.asked = null; this.draw(); });
  }

  stampOf(radius, ring) {
    const key = `${radius.toFixed(1)}${ring}`;
    if (!this.stamps.has(key)) this.stamps.set(key, stampOf(radius, ring));
    return this.stamps.get(key);
  }

  draw() {
    const { canvas, data } = this, ratio = devicePixelRatio || 1, f = this.frame();
    if (!f.w || !f.h) return;
    const w = Math.round(f.w * ratio), h = Math.round(f.h * ratio);
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    const g = canvas.getContext("2d"), began = performance.now(), seen = this.visible(f);
    const radius = Math.min(4, Math.max(1.5, 0.4 * Math.sqrt((f.w * f.h) / seen.length)));
    this.dots(g, f, seen, radius * ratio, ratio, w, h);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    const asImages = seen.length <= MOST_IMAGES, size = imageSize(f.w, f.h, seen.length);
    if (asImages) this.pictures(g, f, seen, size);
    for (const i of this.ghosts) this.pinned(g, f, i, GHOST, this.theme("text-color"), [4, 3]);
    if (data.peak >= 0) this.pinned(g, f, data.peak, PEAK, this.theme("orange-color"), []);
    if (data.peak >= 0) this.star(g, f, data.peak, this.theme("orange-color"), this.theme("background-color"));
    if (this.hover >= 0) this.ring(g, f, this.hover, this.hover === data.peak ? PEAK / 2 + 6 : this.ghosts.has(this.hover) ? GHOST / 2 + 5 : asImages ? size / 2 + 3 : radius + 4);
    this.drawOutline(g, f);
    canvas.dataset.drawn = seen.length; canvas.dataset.took = (performance.now() - began).toFixed(1);
    places.set(data.shows, { zoom: this.zoom, pan: this.pan });
    clearTimeout(this.filling);
    const pinned = [data.peak, ...this.ghosts], dwelling = this.hover;
    this.filling = setTimeout(() => this.ask([dwelling, ...pinned, ...(asImages ? seen : [])]), DWELL);
  }

  visible(f) {
    const { x, y, n } = this.points, seen = [];
    for (let i = 0; i < n; i++) {
      const px = f.ax * x[i] + f.bx, py = f.ay * y[i] + f.by;
      if (px > -20 && py > -20 && px < f.w + 20 && py < f.h + 20) seen.push(i);
    }
    return seen;
  }

  dots(g, f, seen, radius, ratio, w, h) {  // the faded ones first, under the others
    const { x, y, codes } = this.points, painter = this.painter, colours = this.palette().map(rgbOf);
    const grey = rgbOf(this.isDark() ? "#59635f" : "#b4bdba");
    const disc = this.stampOf(radius, false), hollow = this.stampOf(radius + 0.5 * ratio, true);
    painter.begin(g, w, h, rgbOf(this.theme("background-color")));
    for (const faded of [true, false]) {
      for (const i of seen) {
        const code = codes[i], isFaded = (code & (FADED | EXCLUDED)) > 0 || (code & 63) === UNKNOWN;
        if (isFaded !== faded) continue;
        const out = (code & EXCLUDED) > 0, colour = isFaded ? grey : colours[code & 63];
        painter.stamp((f.ax * x[i] + f.bx) * ratio, (f.ay * y[i] + f.by) * ratio, out ? hollow : disc, colour, isFaded ? 0.7 : 0.85);
      }
    }
    g.putImageData(painter.image, 0, 0);
  }

  pictures(g, f, seen, size) {  // small images in place of dots, framed in the colour of their dot
    const colours = this.palette();
    for (const i of seen) {
      if (i === this.data.peak || this.ghosts.has(i)) continue;
      const code = this.points.codes[i], faded = (code & (FADED | EXCLUDED)) > 0, box = this.image(g, f, i, size, faded ? 0.35 : 1);
      if (!box || !this.data.framed || faded || (code & 63) === UNKNOWN) continue;
      g.lineWidth = 2; g.strokeStyle = colours[code & 63]; g.strokeRect(...box);
    }
  }

  image(g, f, i, size, alpha = 1) {
    const image = this.images.get(i);
    if (!image || !image.complete || !image.naturalWidth) return null;
    const [px, py] = this.at(i, f), s = size / Math.max(image.naturalWidth, image.naturalHeight);
    const box = [px - (image.naturalWidth * s) / 2, py - (image.naturalHeight * s) / 2, image.naturalWidth * s, image.naturalHeight * s];
    g.globalAlpha = alpha; g.drawImage(image, ...box); g.globalAlpha = 1;
    return box;
  }

  pinned(g, f, i, size, colour, dash) {
    const [px, py] = this.at(i, f), half = size / 2;
    g.fillStyle = this.theme("background-color"); g.fillRect(px - half - 3, py - half - 3, size + 6, size + 6);
    this.image(g, f, i, size);
    g.lineWidth = dash.length ? 1.5 : 3; g.strokeStyle = colour; g.setLineDash(dash);
    g.strokeRect(px - half - 2, py - half - 2, size + 4, size + 4); g.setLineDash([]);
  }

  star(g, f, i, colour, back) {
    const [px, py] = this.at(i, f);
    g.fillStyle = colour; g.strokeStyle = back; g.lineWidth = 3; g.beginPath();
    for (let k = 0; k < 10; k++) {
      const a = -Math.PI / 2 + (k * Math.PI) / 5, r = k % 2 ? 4.5 : 10;
      g.lineTo(px + PEAK / 2 + r * Math.cos(a), py - PEAK / 2 + r * Math.sin(a));
    }
    g.closePath(); g.stroke(); g.fill();
  }

  ring(g, f, i, radius) {
    const [px, py] = this.at(i, f);
    g.lineWidth = 2; g.strokeStyle = this.theme("text-color");
    g.beginPath(); g.arc(px, py, radius, 0, 7); g.stroke();
  }

  drawOutline(g, f) {  // what is being drawn, else what was chosen
    const chosen = this.data.lasso ?? [], pairs = [];
    for (let k = 0; k < chosen.length; k += 2) pairs.push([f.ax * chosen[k] + f.bx, f.ay * chosen[k + 1] + f.by]);
    const path = this.path.length ? this.path : pairs;
    if (path.length < 2) return;
    g.beginPath();
    for (const [px, py] of path) g.lineTo(px, py);
    g.closePath();
    g.globalAlpha = 0.1; g.fillStyle = this.theme("link-color"); g.fill(); g.globalAlpha = 1;
    g.lineWidth = 1.5; g.strokeStyle = this.theme("link-color"); g.setLineDash([6, 4]); g.stroke(); g.setLineDash([]);
  }
}
