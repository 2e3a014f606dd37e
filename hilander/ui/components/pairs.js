// Pairs of images with figures between them. Draws what Python sends and reports one thing: which side of which pair
// was chosen. Every text may come from users' files, so it is only ever set with textContent.

const endNode = (end, report) => {
  const node = make(end.clickable ? "button" : "div", "end");
  if (end.clickable) { node.type = "button"; node.onclick = report; }
  if (end.hover) node.title = end.hover;
  node.setAttribute("aria-label", [end.title, end.note, end.action].filter(Boolean).join(", "));
  node.append(picture(end.image, "main"));
  if (end.strip.length) {
    const strip = make("span", "strip");
    for (const url of end.strip) strip.append(picture(url));
    node.append(strip);
  }
  node.append(make("span", "title", end.title));
  if (end.note) node.append(make("span", "note", end.note));
  if (end.action) node.append(make("span", "action", end.action));
  return node;
};

const figure = (className, { text, help }) => {
  const node = make("span", className, text);
  node.title = help;
  return node;
};

const between = (pair) => {
  const node = make("div", "between");
  const bar = make("span", "bar"), fill = make("span");
  fill.style.width = `${Math.round(100 * Math.min(1, Math.max(0, pair.share)))}%`;
  bar.append(fill);
  node.append(figure("value", pair.head), bar, ...pair.rest.map((one) => figure("figure", one)));
  return node;
};

const pairNode = (pair, place, data, report) => {
  const node = make("div", pair.right.strip.length ? "pair wide" : "pair");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", [pair.head, ...pair.rest].map((one) => one.text).join(", "));
  node.dataset.place = place;
  const end = (side) => endNode(side ? pair.right : pair.left, () => report({ place, side }));
  if (data.layout === "list" || place === 0) node.append(end(0));
  node.append(between(pair), end(1));
  return node;
};

// Arrow keys go from image to image (and are kept from the page, where left and right step the level).
const onKey = (root) => (event) => {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  const ends = [...root.querySelectorAll("button.end")];
  const at = ends.indexOf(event.target.closest?.("button.end"));
  if (!by || at < 0) return;
  event.stopPropagation();
  event.preventDefault();
  ends[Math.min(ends.length - 1, Math.max(0, at + by))].focus();
};

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".pairs");
  root.className = `pairs ${data.layout}`;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.label);
  const report = (press) => setTriggerValue("chosen", press);
  root.replaceChildren(...data.pairs.map((pair, place) => pairNode(pair, place, data, report)));
  if (!data.pairs.length) root.append(make("div", "empty", data.empty));
  root.onkeydown = onKey(root);
}
