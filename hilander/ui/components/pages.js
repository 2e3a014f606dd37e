// Pages turned by n and p, which may be pressed faster than the page draws. Presses are counted here, where none is
// lost: Python hears the page to show. Until it has answered the newest press (by its token), a page that it sends is
// an older one and is not taken.

const PATIENCE = 10000; // ms, after which a press without an answer is forgotten (the connection broke)
const TYPING = "input, textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=listbox] *";
const KEYS = { n: 1, p: -1 };

class Pages {
  constructor(root) {
    this.root = root;
    this.pressed = null;
    this.onKey = (event) => this.key(event);
  }

  take(data, report) {
    this.total = data.total; this.report = report;
    const waiting = this.pressed && this.pressed.of === data.of && this.pressed.token !== data.token && Date.now() - this.pressed.at < PATIENCE;
    if (!waiting) { this.pressed = null; this.page = data.page; }
    this.of = data.of;
    this.root.dataset.page = this.page;
    document.addEventListener("keydown", this.onKey); // the same listener again is no second one
  }

  key(event) {
    if (!this.root.isConnected) return document.removeEventListener("keydown", this.onKey);
    const by = KEYS[event.key];
    if (!by || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0].matches?.(TYPING) || document.querySelector("[role=dialog]")) return;
    const page = Math.min(this.total, Math.max(1, this.page + by));
    if (page === this.page) return;
    event.preventDefault();
    this.root.dataset.page = this.page = page;
    this.pressed = { token: crypto.getRandomValues(new Uint32Array(2)).join("-"), at: Date.now(), of: this.of };
    this.report({ page, token: this.pressed.token });
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".keys");
  root.pages ??= new Pages(root);
  root.pages.take(data, (target) => setTriggerValue("chosen", target));
}
