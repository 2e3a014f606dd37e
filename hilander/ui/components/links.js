// The slider of the least link probability. Python sends the number of clusters at every step, so what a place on the
// slider makes is told while it is dragged; the step is reported when it is let go.

const PATIENCE = 5000; // ms, after which a step without an answer is forgotten
const HEIGHT = 30;
// Height of the curve at a number of clusters, on a logarithmic scale. The least is that of the first step after 0:
// at 0 all links of all levels hold, and that is far from everything else.
const places = (curve) => {
  const least = Math.log(curve[1]), span = Math.max(1e-9, Math.log(curve.at(-1)) - least);
  return (clusters) => HEIGHT - 2 - (HEIGHT - 5) * Math.max(0, Math.log(clusters) - least) / span;
};
const few = (value) => String(+value.toFixed(3));
const counted = (clusters) => `${clusters.toLocaleString("en")} cluster${clusters === 1 ? "" : "s"}`;

class Links {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input");
    [this.out, this.note] = root.querySelector(".told").children;
    this.input.oninput = () => this.say(+this.input.value);
    this.input.onchange = () => this.send(+this.input.value);
  }

  take(data, report) {
    this.data = data; this.report = report; this.last = data.curve.length - 1;
    const waiting = this.sent && Math.abs(this.sent.step / this.last - data.value) > 1e-9 && Date.now() - this.sent.at < PATIENCE;
    this.draw();
    if (waiting) return;
    this.sent = null;
    this.input.max = this.last;
    this.input.value = Math.round(data.value * this.last);
    this.show(data.value, data.clusters);
  }

  say(step) { this.show(step / this.last, this.data.curve[step]); }

  send(step) {
    this.sent = { step, at: Date.now() };
    this.report(step);
  }

  show(value, clusters) {
    this.out.textContent = counted(clusters);
    this.note.textContent = `links of ${few(value)} or more hold`;
    this.input.setAttribute("aria-valuetext", `${few(value)}: ${counted(clusters)}`);
    const x = value * this.last;
    this.root.querySelector(".mark").setAttribute("d", `M${x} 0V${HEIGHT}`);
  }

  draw() {
    const y = places(this.data.curve);
    const points = this.data.curve.map((clusters, step) => `L${step} ${y(clusters).toFixed(2)}`).join("");
    this.root.querySelector(".area").setAttribute("d", `M0 ${HEIGHT}${points}L${this.last} ${HEIGHT}Z`);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".links");
  root.links ??= new Links(root);
  root.links.take(data, (step) => setTriggerValue("chosen", step));
}
