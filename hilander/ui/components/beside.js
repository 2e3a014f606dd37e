// Two cuts side by side, a row for each cluster of the coarser one. Reports which card of which side was chosen.
// Texts are set with textContent alone.

const cardNode = (card, side, choose) => {
  const node = make("button", "card");
  node.type = "button";
  node.dataset.id = card.id;
  node.title = card.hover ?? card.title;
  node.setAttribute("aria-label", [card.title, card.note].filter(Boolean).join(", "));
  const words = make("span", "words");
  words.append(make("span", "title", card.title), make("span", "note", card.note));
  node.append(picture(card.image), words);
  node.onclick = () => choose({ side, id: card.id });
  return node;
};

const rowNode = (row, choose) => {
  const line = make("div", "row"), pieces = make("div", "pieces");
  pieces.append(...row.pieces.map((card) => cardNode(card, "finer", choose)));
  if (row.more) pieces.append(make("span", "more", `+${row.more.toLocaleString("en")} more`));
  const whole = make("div", "whole");
  whole.append(cardNode(row.whole, "coarser", choose));
  line.append(pieces, make("span", "arrow", "→"), whole);
  line.querySelector(".arrow").setAttribute("aria-hidden", "true");
  return line;
};

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".beside"), heads = make("div", "row heads");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.label);
  heads.append(make("span", "", data.heads[0]), make("span", "arrow"), make("span", "", data.heads[1]));
  root.replaceChildren(heads, ...data.rows.map((row) => rowNode(row, (choice) => setTriggerValue("chosen", choice))));
}
