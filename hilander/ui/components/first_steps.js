// The hint of the first visit: a bar of steps and the "?" button, which hear of each other through the window.
// Whether the hint was dismissed is kept in local storage; where there is none (private windows), until the next load.

const KEPT = "hilander-first-steps", TOLD = "hilander-first-steps";
let forgotten = null;
const dismissed = () => {
  try { return localStorage.getItem(KEPT) === "dismissed"; } catch { return forgotten === "dismissed"; }
};
const keep = (state) => {
  forgotten = state;
  try { localStorage.setItem(KEPT, state); } catch { /* kept in this page alone */ }
  window.dispatchEvent(new Event(TOLD));
};

const item = ([title, text]) => {
  const line = document.createElement("li"), strong = document.createElement("strong");
  strong.textContent = title;
  line.append(strong, ` ${text}`);
  return line;
};

const listen = (node, show) => {
  node.heard ??= () => (node.isConnected ? show() : window.removeEventListener(TOLD, node.heard));
  window.addEventListener(TOLD, node.heard); // the same listener again is no second one
  show();
};

export default function ({ parentElement, data }) {
  const bar = parentElement.querySelector(".bar"), help = parentElement.querySelector(".help");
  if (help) {
    help.onclick = () => keep(dismissed() ? "wanted" : "dismissed");
    listen(help, () => help.setAttribute("aria-expanded", String(!dismissed())));
  }
  if (bar) {
    bar.querySelector("ol").replaceChildren(...data.steps.map(item));
    bar.querySelector(".done").onclick = () => keep("dismissed");
    listen(bar, () => { bar.hidden = dismissed(); });
  }
}
