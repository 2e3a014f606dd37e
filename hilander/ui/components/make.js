// Elements made from plain values: texts come from users' files, so they are only ever set with textContent.

const make = (tag, className = "", text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
};

const picture = (url, className = "") => {
  const node = make("img", className);
  node.alt = "";
  node.decoding = "async";
  node.draggable = false;
  if (typeof url === "string" && url.startsWith("data:image/")) node.src = url;
  return node;
};
