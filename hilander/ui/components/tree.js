// A tree that is looked into branch by branch. Draws the boxes that Python sends, as rows or as rings, with an image on
// hover, and reports one thing: where to go next (the text that Python gave for the box or crumb).

const short = (n) => (n < 10000 ? n.toLocaleString("en") : n < 999500 ? `${Math.round(n / 1000)}k` : `${(n / 1e6).toFixed(1)}M`);

// Whoever looks inside by key goes on by key: until the page that Python then sends is drawn, a tree that nothing else
// has taken the focus from gives it to its first box, also where it was put in another one's place.
const WAIT = 5000;
let entered = 0;

class Sheet {
  constructor(root) {
    this.root = root; this.boxes = root.querySelector(".boxes"); this.tip = root.querySelector(".tip");
    this.at = -1;
    this.boxes.onpointermove = (e) => this.over(e);
    this.boxes.onpointerleave = () => this.point(-1);
    this.boxes.onclick = (e) => this.go(this.numberOf(e.target));
    this.boxes.onkeydown = (e) => this.key(e);
    this.boxes.onfocusin = (e) => { const i = this.numberOf(e.target); if (i >= 0 && e.target.matches(":focus-visible")) this.point(i); };
    this.boxes.onfocusout = () => this.point(-1);
    this.sizer = new ResizeObserver(() => { if (Math.abs(this.boxes.clientWidth - this.width) > 4) this.again(); });
    this.sizer.observe(this.boxes);
  }

  take(data, report) {
    const fresh = this.data?.label !== data.label;
    const held = this.focused() >= 0 || (performance.now() - entered < WAIT && document.activeElement === document.body);
    this.data = data; this.report = report;
    this.root.classList.toggle("rings", data.shape === "sunburst");
    this.boxes.setAttribute("aria-label", data.label);
    this.crumbs(); this.legend(); this.draw();
    if (held) this.nodes[0].focus();
    if (held && fresh) entered = 0;
  }

  thumb(i) { return this.data.thumbs[this.data.picture[i]]; }
  name(i) { return this.data.names[this.data.picture[i]]; }
  focused() { const at = this.root.getRootNode().activeElement; return at && this.boxes.contains(at) ? this.numberOf(at) : -1; }
  numberOf(target) { return Number(target.closest?.("[data-i]")?.dataset.i ?? -1); }

  again() {  // in another width: the focus stays where it is, seen or not
    const at = this.focused(), seen = this.nodes[at]?.matches(":focus-visible");
    this.draw();
    this.focus(at, seen);
  }

  draw() {
    this.width = this.boxes.clientWidth;
    this.nodes = (this.data.shape === "sunburst" ? drawRings : drawBoxes)(this, this.boxes);
    this.nodes.forEach((node, i) => {
      node.dataset.i = i;
      if (this.data.go[i] === null) node.classList.add("still");
      node.setAttribute("role", "button");
      node.setAttribute("tabindex", i ? -1 : 0);
      node.setAttribute("aria-label", this.data.hover[i].split("\n").join(", "));
    });
    this.point(-1);
    this.boxes.dataset.drawn = this.nodes.length;
  }

  crumbs() {
    const parts = this.data.crumbs.flatMap((crumb, i) => {
      const button = make("button"), words = make("span"), last = i === this.data.crumbs.length - 1;
      button.type = "button";
      if (crumb.image) button.append(picture(crumb.image));
      words.append(make("b", "", crumb.title), make("small", "", crumb.note));
      button.append(words);
      button.title = crumb.hover;
      if (last) button.setAttribute("aria-current", "true");
      else button.onclick = () => this.report(crumb.go);
      return i ? [make("span", "sep", crumb.skipped ? "› … ›" : "›"), button] : [button];
    });
    this.root.querySelector(".crumbs").replaceChildren(...parts);
  }

  legend() {
    const title = make("b", "", this.data.legend.title);
    title.title = this.data.legend.help;
    const items = this.data.legend.items.map(([kind, words]) => {
      const item = make("span");
      item.append(make("i", kind), words);
      return item;
    });
    this.root.querySelector(".legend").replaceChildren(title, ...items);
  }

  over(e) {
    const i = this.numberOf(e.target);
    if (i !== this.at) this.point(i);
    if (i >= 0) this.moveTip(e.clientX, e.clientY);
  }

  point(i) {  // show what a box is, and the boxes it lies in; -1: nothing
    for (const node of this.boxes.querySelectorAll(".path, .here")) node.classList.remove("path", "here");
    this.at = i;
    this.tip.style.display = i < 0 ? "none" : "flex";
    this.boxes.dataset.hover = i < 0 ? "" : this.data.hover[i];
    if (i < 0) return;
    this.nodes[i].classList.add("here");
    for (let up = this.data.parent[i]; up >= 0; up = this.data.parent[up]) this.nodes[up].classList.add("path");
    const lines = make("div"), url = this.thumb(i);
    lines.append(...this.data.hover[i].split("\n").map((line) => make("div", "", line)));
    this.tip.replaceChildren(...(url ? [picture(url)] : []), lines);
    const box = this.nodes[i].getBoundingClientRect();
    this.moveTip((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  }

  moveTip(x, y) {
    const stage = this.tip.parentElement.getBoundingClientRect(), tip = this.tip.getBoundingClientRect();
    const left = x + 16 + tip.width > stage.right ? x - 16 - tip.width : x + 16;
    const top = y + 18 + tip.height > innerHeight ? y - 14 - tip.height : y + 18;
    this.tip.style.left = `${Math.max(0, left - stage.left)}px`;
    this.tip.style.top = `${top - stage.top}px`;
  }

  go(i) { if (i >= 0 && this.data.go[i] !== null) this.report(this.data.go[i]); }

  enter(i) { if (this.data.go[i] !== null) entered = performance.now(); this.go(i); }

  beside(i, by) {  // the next box in the same row
    const d = this.data, row = d.top[i];
    const there = d.kind.map((_, k) => k).filter((k) => d.top[k] <= row && row <= d.bottom[k]).sort((a, b) => d.left[a] - d.left[b]);
    return there[there.indexOf(i) + by];
  }

  key(e) {
    const i = this.numberOf(e.target), d = this.data;
    if (i < 0 || e.ctrlKey || e.metaKey || e.altKey) return;
    const moves = {
      ArrowUp: () => d.parent[i], ArrowDown: () => d.parent.indexOf(i), ArrowLeft: () => this.beside(i, -1),
      ArrowRight: () => this.beside(i, 1), Home: () => 0,
    };
    if (moves[e.key]) this.focus(moves[e.key]());
    else if (e.key === "Enter" || e.key === " ") this.enter(i);
    else if (e.key === "Escape" && d.go[0] !== null) this.enter(0);
    else return;
    e.preventDefault(); e.stopPropagation();
  }

  focus(i, focusVisible = true) {
    if (i === undefined || i < 0) return;
    for (const node of this.boxes.querySelectorAll("[tabindex='0']")) node.setAttribute("tabindex", -1);
    this.nodes[i].setAttribute("tabindex", 0);
    this.nodes[i].focus({ focusVisible });
    if (focusVisible) this.point(i);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".tree");
  root.sheet ??= new Sheet(root);
  root.sheet.take(data, (where) => setTriggerValue("chosen", where));
}
