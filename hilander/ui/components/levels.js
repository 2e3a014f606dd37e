// The table of levels: one row a level, the chosen one marked, a click (or Enter on its number) reports the level.

const cell = (tag, text, title) => {
  const node = document.createElement(tag);
  node.textContent = text;
  if (title) node.title = title;
  return node;
};

const rowNode = (row, data, choose) => {
  const line = document.createElement("tr");
  line.dataset.level = row.level;
  line.classList.toggle("coarser", row.coarser);
  if (row.coarser) line.title = data.coarserHelp;
  if (row.level === data.chosen) { line.classList.add("now"); line.setAttribute("aria-current", "true"); }
  const button = cell("button", `${row.level}`);
  button.type = "button";
  button.setAttribute("aria-label", `Show level ${row.level}`);
  const first = document.createElement("td");
  first.append(button);
  if (row.natural) {
    const mark = cell("span", data.mark, data.markHelp);
    mark.className = "natural";
    first.append(mark);
  }
  line.append(first, ...row.cells.map((text) => cell("td", text)));
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
  head.append(cell("th", "Level"), ...data.columns.map(([name, help]) => cell("th", name, help)));
  table.tHead.replaceChildren(head);
  const choose = (level) => setTriggerValue("chosen", level), rows = data.rows.map((row) => rowNode(row, data, choose));
  const coarser = data.rows.findIndex((row) => row.coarser);
  if (coarser >= 0) rows.splice(coarser, 0, divider(data));
  table.tBodies[0].replaceChildren(...rows);
  reveal(parentElement.querySelector(".scroll"), table);
}
