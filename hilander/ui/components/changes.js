// The changes of a mixed cut as a list, and Ctrl+Z / Ctrl+Shift+Z (Ctrl+Y) on the whole page. A key pressed while the
// page still draws the one before waits for it, so that quick presses are all counted.

const PATIENCE = 10000; // ms, after which a press without an answer is forgotten (the connection broke)
const TYPING = "input, textarea, select, [contenteditable=true]";

class Changes {
  constructor(root) {
    this.root = root;
    this.sent = null;
    this.waiting = [];
    this.onKey = (event) => this.key(event);
  }

  take(data, report) {
    this.report = report;
    if (this.state !== data.state) this.sent = null;
    this.state = data.state;
    this.root.dataset.state = data.state;
    const more = this.root.querySelector("p");
    more.textContent = data.more;
    more.hidden = !data.more;
    this.root.querySelector("ol").replaceChildren(...data.lines.map((line) => this.line(line)));
    document.addEventListener("keydown", this.onKey); // the same listener again is no second one
    if (!this.sent && this.waiting.length) this.act(this.waiting.shift(), 0);
  }

  line({ place, image, title, note, hover, faint }) {
    const item = make("li", faint ? "faint" : "");
    item.dataset.place = place;
    const open = make("button", "open"), words = make("span", "words"), remove = make("button", "remove", "\u00d7");
    open.type = remove.type = "button";
    open.title = hover;
    words.append(make("b", "", title), make("span", "note", note));
    open.append(picture(image), words);
    open.onclick = () => this.act("open", place);
    remove.title = "Take this change out; the others stay";
    remove.setAttribute("aria-label", `Take out the change of ${title}`);
    remove.onclick = () => this.act("remove", place);
    item.append(open, remove);
    return item;
  }

  act(act, place) {
    if (this.sent && Date.now() - this.sent < PATIENCE) return;
    this.sent = act === "open" ? null : Date.now();
    this.report({ act, place, state: this.state });
  }

  key(event) {
    if (!this.root.isConnected) return document.removeEventListener("keydown", this.onKey);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return;
    const key = event.key.toLowerCase();
    const act = key === "y" ? "redo" : key !== "z" ? null : event.shiftKey ? "redo" : "undo";
    if (!act || event.composedPath()[0].matches?.(TYPING) || document.querySelector("[role=dialog]")) return;
    event.preventDefault();
    if (this.sent && Date.now() - this.sent < PATIENCE) this.waiting.push(act);
    else { this.waiting = []; this.act(act, 0); }
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".changes");
  root.changes ??= new Changes(root);
  root.changes.take(data, (press) => setTriggerValue("chosen", press));
}
