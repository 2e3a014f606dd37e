// A grid of image cards. Draws what Python sends and reports one thing: the id of the card that was chosen.
// Every text comes from users' files, so it is only ever set with textContent.

const strip = (card) => {
  const node = make("span", "strip");
  for (const url of card.strip) node.append(picture(url));
  if (card.more > 0) node.append(make("span", "more", `+${card.more > 999 ? Math.round(card.more / 1000) + "k" : card.more}`));
  return node;
};

const facts = (card) => {
  const node = make("span", "facts");
  for (const fact of card.facts) {
    const figure = make("span", "fact");
    figure.title = fact.meaning;
    figure.append(make("span", "figure", fact.text));
    if (fact.part !== null) {
      const bar = make("span", "bar");
      bar.append(make("span"));
      bar.firstChild.style.width = `${100 * fact.part}%`;
      figure.append(bar);
    }
    node.append(figure);
  }
  return node;
};

const cardNode = (card, choose) => {
  const node = make(choose ? "button" : "div", "card");
  if (choose) node.type = "button";
  else node.classList.add("plain");
  if (card.chosen) node.classList.add("chosen");
  node.dataset.id = card.id;
  node.title = card.hover ?? card.title;
  node.setAttribute("aria-label", [card.title, card.note, card.tag, ...(card.facts ?? []).map((fact) => fact.text)].filter(Boolean).join(", "));
  const head = make("span", "head");
  head.append(picture(card.image, "peak"));
  const words = make("span", "words");
  words.append(make("span", "title", card.title));
  if (card.note) words.append(make("span", "note", card.note));
  if (card.tag) words.append(make("span", `tag ${card.tone ?? ""}`, card.tag));
  head.append(words);
  node.append(head);
  if (card.facts?.length) node.append(facts(card));
  if (card.strip?.length) node.append(strip(card));
  if (choose) node.onclick = (event) => choose(card.id, event.detail === 0);
  return node;
};

const stacked = (grid) => {
  for (const head of grid.querySelectorAll(".head")) {
    head.style.flexDirection = "column";
    head.style.alignItems = "stretch";
    head.style.gap = "0.3rem";
  }
};

// Arrow keys move the focus inside the grid (and are kept from the page, where left and right step the level).
const columnsOf = (grid) => getComputedStyle(grid).gridTemplateColumns.split(" ").length;
const moves = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (g) => -columnsOf(g), ArrowDown: (g) => columnsOf(g) };

const onKey = (grid) => (event) => {
  const move = moves[event.key];
  const cards = [...grid.querySelectorAll("button.card")];
  const at = cards.indexOf(event.target.closest?.("button.card"));
  if (!move || at < 0) return;
  event.stopPropagation();
  event.preventDefault();
  cards[Math.min(cards.length - 1, Math.max(0, at + move(grid)))].focus();
};

// Where the focus was in the grid before it is drawn again: the same card, or the first if that is gone.
const focusedCard = (grid) => {
  const at = grid.getRootNode().activeElement;
  return at && grid.contains(at) ? at.closest("button.card")?.dataset.id : undefined;
};
const focus = (grid, id) => grid.querySelector(`button.card[data-id="${Number(id)}"]`)?.focus();

let left = null; // the card that a key opened: whoever comes back finds the focus there

// What had the focus may still be going away: wait until nothing has it, three seconds at most. For as long, a grid
// that is put in this one's place, where the page is drawn once more, gives the focus back again.
const TRIES = 30, EACH = 100;
const back = (grid, tries) => {
  if (left === null || !grid.isConnected || tries === 0) return;
  if (document.activeElement !== document.body) return setTimeout(() => back(grid, tries - 1), EACH);
  const card = left;
  focus(grid, card);
  setTimeout(() => {
    if (left === card) left = null;
  }, TRIES * EACH);
};

export default function ({ parentElement, data, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid");
  const fresh = !grid.classList.contains(data.layout), focused = focusedCard(grid);
  grid.className = `grid ${data.layout}`;
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", data.label);
  const choose = (id, byKey) => {
    left = byKey && data.layout === "cards" ? id : null;
    setTriggerValue("chosen", id);
  };
  grid.replaceChildren(...data.cards.map((card) => cardNode(card, data.clickable ? choose : null)));
  if (data.layout !== "cards") stacked(grid);
  if (!data.cards.length) grid.append(make("div", "empty", data.empty));
  grid.onkeydown = onKey(grid);
  if (focused !== undefined) {
    focus(grid, focused);
    if (!focusedCard(grid)) grid.querySelector("button.card")?.focus();
  } else if (fresh && left !== null && data.layout === "cards") back(grid, TRIES);
}
