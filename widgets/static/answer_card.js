// Draws a card from its tree. Nothing in the tree is read as markup: elements are made by name from fixed lists, text is set as text.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set("svg g path rect line circle ellipse polygon polyline text tspan title".split(" "));
const TAGS = new Set(
  ("article b button caption code dd details div dl dt em figure h3 h4 i li ol p pre span summary table tbody td th thead tr ul " +
    [...DRAWN].join(" ")).split(" "),
);

/** The element of `[tag, attributes, children, action, value]`; `act(action, element)` is called on a click. */
function build(tree, act) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [tag, attributes, children, action, value] = tree;
  if (!TAGS.has(tag)) return document.createTextNode("");
  const element = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, text] of Object.entries(attributes)) {
    if (!/^on|href|^src|^id$|^name$/i.test(name)) element.setAttribute(name, text);
  }
  element.append(...children.map((child) => build(child, act)));
  element.sortKey = value;
  if (action) {
    element.addEventListener("click", (event) => act(action, element, event));
    if (action === "sort") pressable(element);
  }
  return element;
}

/** A table head that the keyboard can press. */
function pressable(head) {
  head.tabIndex = 0;
  head.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    head.click();
  });
}

/** Sort a table by the column of `head`: first descending for numbers, ascending for text; again turns it. Missing values stay last. */
function sort(head) {
  const heads = [...head.parentElement.children];
  const column = heads.indexOf(head);
  const body = head.closest("table").querySelector("tbody");
  const rows = [...body.children];
  const key = (row) => row.children[column].sortKey;
  const numeric = rows.some((row) => typeof key(row) === "number");
  const before = head.getAttribute("aria-sort");
  const down = before ? before === "ascending" : numeric;
  for (const other of heads) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const order = (a, b) => (numeric ? a - b : String(a).localeCompare(String(b)));
  const missing = (value) => value === null || value === undefined;
  rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (missing(x) || missing(y)) return missing(x) - missing(y);
    return down ? -order(x, y) : order(x, y);
  });
  body.append(...rows);
}

/** The SQL that a button of the card is about: the nearest code block around it. */
function nearestCode(element) {
  for (let around = element.parentElement; around; around = around.parentElement) {
    const code = around.querySelector("pre.code");
    if (code) return code.textContent;
  }
  return "";
}

/** Say beside `element`, for a moment, what was done. */
function say(element, words) {
  const said = document.createElement("span");
  said.className = "said";
  said.setAttribute("role", "status");
  said.textContent = words;
  element.after(said);
  setTimeout(() => said.remove(), 2500);
}

async function copy(element, text, words) {
  try {
    await navigator.clipboard.writeText(text);
    say(element, words);
  } catch {
    say(element, "The browser does not allow copying here");
  }
}

function render({ model, el }) {
  const cellText = {
    ask: (element) => `%%ask\n${element.textContent}`,
    line: (element) => element.textContent,
    open: (element) => `%%sql\n${nearestCode(element)}`,
  };
  const act = (action, element, event) => {
    if (action === "sort") sort(element);
    else if (action === "copy") copy(element, nearestCode(element), "Copied");
    // The JupyterLab extension sees the click first: it makes the cell or interrupts the kernel, and says so by preventing the default.
    else if (event.defaultPrevented) return;
    else if (action === "stop") model.send({ do: "stop" });
    else if (action === "choose") model.send({ do: "choose", which: element.sortKey });
    else if (action === "remember") model.send({ do: "remember" });
    else copy(element, cellText[action](element), "Copied: paste it in a new cell");
  };
  const draw = () => {
    const opened = el.querySelector("details.how")?.open;
    el.classList.add("aiser", "live");
    el.replaceChildren(build(model.get("tree"), act));
    const details = el.querySelector("details.how");
    if (details && opened !== undefined) details.open = opened;
  };
  model.on("change:tree", draw);
  draw();
  return () => model.off("change:tree", draw);
}

export default { render };
