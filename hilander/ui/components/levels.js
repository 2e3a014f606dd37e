// The table of levels: one row a level, the chosen one marked, a click (or Enter on its number) reports the level.

const cell = (tag, text, title) => {
  const node = document.createElement(tag);
  node.textContent = text;
  if (title) node.title = title;
  return node;
};

// How the images lie over clusters of 1, 2-3, 4-7, ... images: a bar each, scaled to the row's highest.
const SVG = "http://www.w3.org/2000/svg", WIDTH = 60, HEIGHT = 16;
const sketch = (shares) => {
  const svg = document.createElementNS(SVG, "svg"), step = WIDTH / Math.max(1, shares.length), most = Math.max(...shares, 1e-9);
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-hidden", "true");
  shares.forEach((share, bin) => {
    const bar = document.createElementNS(SVG, "rect"), height = share ? Math.max(1, share / most * (HEIGHT - 1)) : 0.5;
    const at = { x: bin * step, y: HEIGHT - height, width: Math.max(1, step - 1), height };
    for (const [name, value] of Object.entries(at)) bar.setAttribute(name, value.toFixed(2));
    svg.append(bar);
  });
  const node = document.createElement("td");
  node.append(svg);
  return node;
};

const figure = (value, column) => {
  const node = column.bars ? sketch(value) : cell("td", value);
  node.classList.toggle("wide", column.wide);
  return node;
};

const rowNode = (row, data, choose) => {
  const line = document.createElement("tr");
  line.dataset.level = row.level;
  line.classList.toggle("coarser", row.coarser);
  line.title = [row.hover, row.coarser ? data.coarserHelp : ""].filter(Boolean).join("\n");
  if (row.level === data.chosen) { line.classList.add("now"); line.setAttribute("aria-current", "true"); }
  const button = cell("button", `${row.level}`);
  button.type = "button";
  button.setAttribute("aria-label", `Show level ${row.level}`);
  const first = document.createElement("td");
  first.append(button);
  if (row.starred) {
    const star = cell("span", "★", data.star);
    star.className = "star";
    star.setAttribute("role", "img");
    star.setAttribute("aria-label", "recommended");
    first.append(star);
  }
  if (row.natural) {
    const mark = cell("span", data.mark, data.markHelp);
    mark.className = "natural";
    first.append(mark);
  }
  line.append(first, ...row.cells.map((value, at) => figure(value, data.columns[at])));
  line.onclick = () => choose(row.level);
  return line;
};

// The line between the levels that the network found and those past the natural one.
const divider = (data) => {
  const line = document.createElement("tr"), text = cell("td", data.coarser, data.coarserHelp);
  line.className = "divider";
  text.colSpan = data.columns.length + 1;
  line.append(text);
  return line;
};

// Bring the chosen row into sight inside the table, without moving the page.
const reveal = (scroll, table) => {
  const row = table.querySelector("tr.now"), head = table.tHead.offsetHeight;
  if (!row) return;
  const above = row.offsetTop - head - scroll.scrollTop, below = row.offsetTop + row.offsetHeight - scroll.clientHeight - scroll.scrollTop;
  if (above < 0) scroll.scrollTop += above;
  else if (below > 0) scroll.scrollTop += below;
};

export default function ({ parentElement, data, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  const head = document.createElement("tr");
  head.append(cell("th", "Level"), ...data.columns.map((column) => {
    const node = cell("th", column.name, column.help);
    node.classList.toggle("wide", column.wide);
    return node;
  }));
  table.tHead.replaceChildren(head);
  table.classList.toggle("aside", data.chosen === null);
  const choose = (level) => setTriggerValue("chosen", level), rows = data.rows.map((row) => rowNode(row, data, choose));
  const coarser = data.rows.findIndex((row) => row.coarser);
  if (coarser >= 0) rows.splice(coarser, 0, divider(data));
  table.tBodies[0].replaceChildren(...rows);
  reveal(parentElement.querySelector(".scroll"), table);
}
