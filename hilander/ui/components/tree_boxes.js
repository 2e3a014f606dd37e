// The tree as an icicle: a row of boxes a level, under one another. Built from `Sheet` (tree.js); texts by textContent only.

const ROOT_ROW = 34, PICTURE = 16; // px; PICTURE: the least side of a thumbnail
const rowHeight = (rows) => Math.min(74, Math.max(44, Math.floor(392 / Math.max(1, rows))));

const boxNode = (sheet, i, width, height) => {
  const d = sheet.data, node = make("button", `box ${d.shade[i]}`), root = i === 0;
  node.type = "button";
  if (d.kind[i]) node.classList.add("group");
  if (d.cut[i]) node.classList.add("cut");
  const wide = width > 84, side = Math.floor(Math.min(56, width - (width < 40 ? 4 : 8), height - (root ? 6 : wide ? 12 : 24)));
  if (!root && !wide) node.classList.add("tall");
  const url = sheet.thumb(i);
  if (url && side >= PICTURE) {
    const image = picture(url);
    image.style.width = image.style.height = `${side}px`;
    node.append(image);
  }
  const text = d.kind[i] ? (width > 110 ? `${short(d.count[i])} more` : `+${short(d.count[i])}`) : root && wide ? d.title : short(d.size[i]);
  if (width > 9 + 7 * text.length || root) {
    const words = make("span");
    words.append(make("b", "", text));
    if (!root && !d.kind[i] && width > 150 && sheet.name(i)) words.append(document.createElement("br"), sheet.name(i));
    node.append(words);
  }
  return node;
};

const drawBoxes = (sheet, place) => {
  const d = sheet.data, rows = d.levels.length, height = rowHeight(rows - 1), width = place.clientWidth;
  const top = (row) => (row === 0 ? 0 : ROOT_ROW + (row - 1) * height);
  const nodes = d.kind.map((_, i) => {
    const w = (d.right[i] - d.left[i]) * width, h = top(d.bottom[i] + 1) - top(d.top[i]);
    const node = boxNode(sheet, i, w, h);
    Object.assign(node.style, { left: `${100 * d.left[i]}%`, width: `${100 * (d.right[i] - d.left[i])}%`, top: `${top(d.top[i])}px`, height: `${h}px` });
    return node;
  });
  place.style.height = `${top(rows)}px`;
  place.replaceChildren(...nodes);
  const labels = d.levels.map((text, row) => {
    const label = make("div", "", text);
    label.style.top = `${(top(row) + top(row + 1)) / 2}px`;
    return label;
  });
  sheet.root.querySelector(".rows").replaceChildren(...labels);
  return nodes;
};
