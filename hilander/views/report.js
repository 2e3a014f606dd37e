
// Shows the cards whose text holds what was typed and whose size is at least the number given.
const form = document.querySelector(".filter"), found = document.getElementById("found");
const find = document.getElementById("find"), least = document.getElementById("least");
const cards = [...document.querySelectorAll("article")];
const show = () => {
  const text = find.value.trim().toLowerCase(), size = Number(least.value) || 1;
  let count = 0;
  for (const card of cards) {
    const fits = Number(card.dataset.size) >= size && card.dataset.find.includes(text);
    card.hidden = !fits;
    count += fits;
  }
  found.textContent = `${count.toLocaleString("en")} cluster${count === 1 ? "" : "s"}`;
};
if (form) {
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
}
