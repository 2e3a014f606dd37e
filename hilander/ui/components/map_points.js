// The points of a map as typed arrays: decoding, finding what lies near a place, and drawing all in one pass.
// Knows nothing about images, texts or the mouse.

const LAST = 65535, UNKNOWN = 63, FADED = 64, EXCLUDED = 128, CELLS = 128;

const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const rgbOf = (colour) => {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour;
  const hex = probe.fillStyle;
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
};

class Points {
  constructor(x, y, codes) {
    this.x = new Uint16Array(bytesOf(x).buffer); this.y = new Uint16Array(bytesOf(y).buffer);
    this.n = this.x.length; this.codes = bytesOf(codes);
    this.cell = new Uint16Array(this.n); this.starts = new Uint32Array(CELLS * CELLS + 1); this.order = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) { this.cell[i] = (this.y[i] >> 9) * CELLS + (this.x[i] >> 9); this.starts[this.cell[i] + 1]++; }
    for (let c = 0; c < CELLS * CELLS; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    for (let i = 0; i < this.n; i++) this.order[next[this.cell[i]]++] = i;
  }

  within(u, v, ru, rv) {  // positions of the points in a box around a place, all in units of 0 to 65,535
    const found = [], from = (a, r) => Math.max(0, (a - r) >> 9), to = (a, r) => Math.min(CELLS - 1, (a + r) >> 9);
    for (let row = from(v, rv); row <= to(v, rv); row++) {
      const first = this.starts[row * CELLS + from(u, ru)], last = this.starts[row * CELLS + to(u, ru) + 1];
      for (let k = first; k < last; k++) {
        const i = this.order[k];
        if (Math.abs(this.x[i] - u) <= ru && Math.abs(this.y[i] - v) <= rv) found.push(i);
      }
    }
    return found;
  }
}

// How much of each pixel a disc or a ring of radius r covers.
const stampOf = (r, ring) => {
  const half = Math.ceil(r + 0.5), side = 2 * half + 1, cover = new Float32Array(side * side);
  for (let b = 0; b < side; b++) for (let a = 0; a < side; a++) {
    const d = Math.hypot(a - half, b - half), disc = Math.max(0, Math.min(1, r + 0.5 - d));
    cover[b * side + a] = ring ? Math.min(disc, Math.max(0, Math.min(1, d - (r - 1.4) + 0.5))) : disc;
  }
  return { half, side, cover };
};

class Painter {
  // Blends discs into one buffer of pixels: no path and no state change for each point.
  constructor() { this.image = null; }

  begin(g, w, h, back) {
    if (!this.image || this.image.width !== w || this.image.height !== h) this.image = g.createImageData(w, h);
    const [r, b, c] = back;
    new Uint32Array(this.image.data.buffer).fill((c << 16) | (b << 8) | r);  // the background, transparent
  }

  stamp(px, py, { half, side, cover }, [r, g, b], strength) {
    const { data, width, height } = this.image, x0 = Math.round(px) - half, y0 = Math.round(py) - half;
    if (x0 < 0 || y0 < 0 || x0 + side > width || y0 + side > height) return;
    for (let row = 0, k = 0; row < side; row++) {
      let at = ((y0 + row) * width + x0) * 4;
      for (let column = 0; column < side; column++, k++, at += 4) {
        const f = cover[k] * strength;
        if (f === 0) continue;
        data[at] += (r - data[at]) * f; data[at + 1] += (g - data[at + 1]) * f; data[at + 2] += (b - data[at + 2]) * f; data[at + 3] = 255;
      }
    }
  }
}
