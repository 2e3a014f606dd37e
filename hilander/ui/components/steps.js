// Finer and Coarser, by click, arrow key, or L and l. Presses are counted here, where none is ever lost: Python hears the level
// to go to, however many presses were made since it last answered. Until it has answered the newest press (by its
// token), a level that it sends is an older one and is not taken.

const KEYS = { ArrowLeft: -1, ArrowRight: 1, L: -1, l: 1 };
const PATIENCE = 10000; // ms, after which a press without an answer is forgotten (the connection broke)
const BUSY = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=listbox], [role=dialog] *";

class Steps {
  constructor(root) {
    this.root = root;
    this.pressed = null;
    [this.finer, this.coarser] = root.querySelectorAll("button");
    this.finer.onclick = () => this.step(-1);
    this.coarser.onclick = () => this.step(1);
    this.onKey = (event) => this.key(event);
  }

  take(data, report) {
    this.last = data.last; this.report = report;
    const waiting = this.pressed && this.pressed.run === data.run && this.pressed.token !== data.token && Date.now() - this.pressed.at < PATIENCE;
    if (!waiting) { this.pressed = null; this.level = data.level; }
    this.run = data.run;
    this.show();
    document.addEventListener("keydown", this.onKey); // the same listener again is no second one
  }

  step(by) {
    const level = Math.min(this.last, Math.max(0, this.level + by));
    if (level === this.level) return;
    this.level = level;
    this.pressed = { token: crypto.getRandomValues(new Uint32Array(2)).join("-"), at: Date.now(), run: this.run };
    this.show();
    this.report({ level, token: this.pressed.token });
  }

  key(event) {
    if (!this.root.isConnected) return document.removeEventListener("keydown", this.onKey);
    const by = KEYS[event.key];
    if (!by || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.shiftKey && event.key !== "L") return;
    if (event.composedPath()[0].matches?.(BUSY) || document.querySelector("[role=dialog]")) return;
    event.preventDefault();
    this.step(by);
  }

  show() {
    this.root.dataset.level = this.level;
    this.finer.disabled = this.level <= 0;
    this.coarser.disabled = this.level >= this.last;
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".steps");
  root.steps ??= new Steps(root);
  root.steps.take(data, (target) => setTriggerValue("chosen", target));
}
