// Groups of cards: a heading and one line of cards each. Reports the id of the card that was chosen.
// Every text comes from users' files, so it is only ever set with textContent.

const cardNode = (card, group, choose) => {
  const node = make("button", "card");
  node.type = "button";
  node.dataset.id = card.id;
  node.title = card.hover ?? card.title;
  node.setAttribute("aria-label", [group.title, card.title, card.note].filter(Boolean).join(", "));
  node.append(picture(card.image), make("bdi", "title", card.title), make("span", "note", card.note));
  if (card.tag) node.append(make("span", "tag", card.tag));
  node.onclick = () => choose(card.id);
  return node;
};

const groupNode = (group, choose) => {
  const node = make("section", "group"), head = make("div", "head"), line = make("div", "line");
  const note = make("span", "note", group.note);
  note.title = group.note_help;
  head.append(make("bdi", "name", group.title), note);
  line.append(...group.cards.map((card) => cardNode(card, group, choose)));
  if (group.more) line.append(make("span", "more", group.more));
  node.setAttribute("aria-label", group.title);
  node.append(head, line);
  return node;
};

// Arrow keys move the focus between cards and groups (and are kept from the page, where they step the level).
const onKey = (root) => (event) => {
  const card = event.target.closest?.("button.card");
  if (!card || !event.key.startsWith("Arrow")) return;
  event.stopPropagation();
  event.preventDefault();
  const lines = [...root.querySelectorAll(".line")], line = card.parentElement;
  const inLine = (it) => [...it.querySelectorAll("button.card")];
  const at = inLine(line).indexOf(card), row = lines.indexOf(line);
  const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0, down = { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0;
  const next = lines[Math.min(lines.length - 1, Math.max(0, row + down))];
  const there = inLine(next);
  there[Math.min(there.length - 1, Math.max(0, at + across))].focus();
};

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".groups");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.label);
  const choose = (id) => setTriggerValue("chosen", id);
  root.replaceChildren(...data.groups.map((group) => groupNode(group, choose)));
  root.onkeydown = onKey(root);
}
