// The tree as a sunburst: a ring a level, the branch looked at in the middle. Built from `Sheet` (tree.js).

const SIDE = 500, HOLE = 50; // px
const SVG = "http://www.w3.org/2000/svg";
const svg = (tag, attributes = {}) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

const on = (radius, turn) => [radius * Math.sin(2 * Math.PI * turn), -radius * Math.cos(2 * Math.PI * turn)].map((v) => v.toFixed(2)).join(" ");

const arc = (inner, outer, from, to) => {
  const whole = to - from > 0.99999, end = whole ? from + 0.99999 : to, large = end - from > 0.5 ? 1 : 0;
  return `M${on(outer, from)}A${outer} ${outer} 0 ${large} 1 ${on(outer, end)}L${on(inner, end)}A${inner} ${inner} 0 ${large} 0 ${on(inner, from)}Z`;
};

const outerArc = (radius, from, to) => `M${on(radius, from)}A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${on(radius, Math.min(to, from + 0.99999))}`;

const ringNode = (sheet, i, inner, outer) => {
  const d = sheet.data, from = d.left[i], to = d.right[i], node = svg("g", { class: `ring ${d.shade[i]}` });
  const shape = i === 0 ? `M0 ${-outer}A${outer} ${outer} 0 1 1 0 ${outer}A${outer} ${outer} 0 1 1 0 ${-outer}Z` : arc(inner, outer, from, to);
  node.append(svg("path", { d: shape }));
  if (d.kind[i]) node.append(svg("path", { d: shape, class: "hatched" }));
  if (d.cut[i] && i) node.append(svg("path", { d: outerArc(outer - 1.5, from, to), class: "edge" }));
  const middle = i ? (inner + outer) / 2 : 0, [x, y] = on(middle, (from + to) / 2).split(" ").map(Number);
  const room = i ? Math.min(outer - inner - 6, 2 * Math.PI * middle * (to - from) - 4) : 1.2 * outer;
  const url = sheet.thumb(i), size = Math.min(room * (i ? 0.92 : 0.75), 56);
  if (url && size >= 18) node.append(svg("image", { href: url, x: x - size / 2, y: y - size / 2 - (i ? 0 : 9), width: size, height: size }));
  const words = d.kind[i] ? `+${short(d.count[i])}` : short(d.size[i]);
  const told = i === 0 || (!(url && size >= 18) && room > 8 + 6 * words.length);
  if (told) {
    const text = svg("text", { x, y: i || !url ? y : y + size / 2 + 2 });
    text.textContent = words;
    node.append(text);
  }
  return node;
};

const drawRings = (sheet, place) => {
  const d = sheet.data, thick = (SIDE / 2 - HOLE - 2) / Math.max(1, d.levels.length - 1);
  const radius = (row) => (row === 0 ? 0 : HOLE + (row - 1) * thick);
  const canvas = svg("svg", { viewBox: `${-SIDE / 2} ${-SIDE / 2} ${SIDE} ${SIDE}`, width: SIDE, height: SIDE });
  const hatch = svg("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  hatch.append(svg("path", { d: "M0 0V6" }));
  const defs = svg("defs");
  defs.append(hatch);
  const nodes = d.kind.map((_, i) => ringNode(sheet, i, radius(d.top[i]), i ? radius(d.bottom[i] + 1) : HOLE));
  canvas.append(defs, ...nodes);
  place.style.height = "";
  place.replaceChildren(canvas);
  sheet.root.querySelector(".rows").replaceChildren();
  return nodes;
};
