// Two images, same or different: by button or by key. After a press nothing is taken until Python has sent another
// question (another place), so that a held key or a double click answers one question only.

const PATIENCE = 10000; // ms, after which a press without an answer is forgotten (the connection broke)
const KEYS = { s: "same", d: "different", " ": "skip", u: "undo" };
const TYPING = "input, textarea, select, [contenteditable=true]";

class Question {
  constructor(root) {
    this.root = root;
    this.pressed = null;
    this.buttons = [...root.querySelectorAll("button")];
    for (const button of this.buttons) button.onclick = () => this.answer(button.dataset.answer);
    this.onKey = (event) => this.key(event);
  }

  take(data, report) {
    this.place = data.place; this.report = report;
    if (this.pressed && this.pressed.place !== data.place) this.pressed = null;
    [...this.root.querySelectorAll("figure")].forEach((figure, i) => {
      const { image, name } = data.sides[i];
      if (image.startsWith("data:image/")) figure.querySelector("img").src = image;
      figure.querySelector("img").alt = name;
      figure.querySelector("figcaption").textContent = name;
      figure.title = name;
    });
    this.root.dataset.place = data.place;
    this.show();
    for (const kind of ["keydown", "keyup"]) document.addEventListener(kind, this.onKey);
  }

  get waiting() { return this.pressed !== null && Date.now() - this.pressed.at < PATIENCE; }

  answer(answer) {
    if (this.waiting || (answer === "undo" && this.place === 0)) return;
    this.pressed = { place: this.place, at: Date.now() };
    this.show();
    setTimeout(() => this.show(), PATIENCE + 50);
    this.report({ answer, place: this.place });
  }

  key(event) {
    if (!this.root.isConnected) {
      for (const kind of ["keydown", "keyup"]) document.removeEventListener(kind, this.onKey);
      return;
    }
    const answer = KEYS[event.key.toLowerCase()];
    if (!answer || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (target.matches?.(TYPING)) return;
    if (event.key === " " && target.matches?.("button") && !this.buttons.includes(target)) return; // presses that button
    event.preventDefault(); // space would press the button that has the focus, or scroll
    if (event.type === "keydown" && !event.repeat) this.answer(answer);
  }

  show() {
    this.root.classList.toggle("waiting", this.waiting);
    for (const button of this.buttons) button.disabled = this.waiting || (button.dataset.answer === "undo" && this.place === 0);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".question");
  root.question ??= new Question(root);
  root.question.take(data, (press) => setTriggerValue("chosen", press));
}
