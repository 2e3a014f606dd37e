// Two keys for the whole page: / puts the cursor into the search box, ? asks Python for the list of keys.

const TYPING = "input, textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=listbox] *";

class Shortcuts {
  constructor(root) {
    this.root = root;
    this.onKey = (event) => this.key(event);
  }

  take(data, report) {
    this.search = data.search; this.report = report;
    document.addEventListener("keydown", this.onKey); // the same listener again is no second one
  }

  key(event) {
    if (!this.root.isConnected) return document.removeEventListener("keydown", this.onKey);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.querySelector(`.st-key-${CSS.escape(this.search)} input`);
    if (event.key === "Escape" && event.target === box) return box.blur();
    if (event.composedPath()[0].matches?.(TYPING) || document.querySelector("[role=dialog]")) return;
    if (event.key === "/" && box) { box.focus(); box.select(); } else if (event.key === "?") this.report("keys");
    else return;
    event.preventDefault(); // the character itself is not typed
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".keys");
  root.shortcuts ??= new Shortcuts(root);
  root.shortcuts.take(data, (asked) => setTriggerValue("chosen", asked));
}
