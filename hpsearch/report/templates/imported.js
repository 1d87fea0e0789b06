// The page of one of Optuna's studies: which trial a mark is, where else that trial is, and the order of the table.
const picked = null; // nothing is selected by dragging here
{% include "marks.js" %}
const table = document.getElementById("table");
const heads = [...table.tHead.rows[0].cells];
const rows = new Map([...table.tBodies[0].rows].map((row) => [Number(row.dataset.number), row]));
{% include "tip.js" %}
let current = null;
for (const svg of document.querySelectorAll("figure svg")) svg.dataset.figure = svg.closest("figure").id;

// What the table says of a trial, a line a column; figures show trials that a long table leaves out, too.
function wordsOf(number) {
  const cells = rows.has(number) ? [...rows.get(number).cells].slice(1) : [];
  const said = cells.map((cell, place) => [heads[place + 1].textContent, cell.textContent]).filter(([, text]) => text);
  return [`Trial ${number}`, ...said.map(([name, text]) => `${name}: ${text}`)];
}

function select(number) {
  rows.get(current)?.classList.remove("chosen");
  current = number === current ? null : number;
  lightUp(current);
  rows.get(current)?.classList.add("chosen");
}

function markUnder(event) {
  const svg = event.target.closest("figure svg");
  return svg && svg.querySelector("path[data-trials]") ? nearestMark(svg, event) : null;
}

document.addEventListener("pointermove", (event) => {
  const mark = markUnder(event);
  const noted = mark ? null : event.target.closest("[data-note]");
  tip.hidden = !mark && !noted;
  if (!tip.hidden) showTip(mark ? wordsOf(mark.number) : [noted.dataset.note], event.clientX, event.clientY);
});
document.addEventListener("click", (event) => {
  const row = event.target.closest("#table tbody tr");
  const mark = row ? null : markUnder(event);
  if (row) select(Number(row.dataset.number));
  else if (mark) select(mark.number);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  tip.hidden = true;
  if (current !== null) select(current);
});

// Numbers before texts, gaps last, equals by their numbers, whatever the order.
function sortBy(column) {
  const turned = heads[column].getAttribute("aria-sort") === "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", turned ? "descending" : "ascending");
  const valueOf = ({ cells }) => ("value" in cells[column].dataset ? Number(cells[column].dataset.value.replace("inf", "Infinity")) : null);
  const order = (a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    const [text, other] = [a, b].map(({ cells }) => cells[column].textContent);
    if (!text || !other) return !text - !other;
    const found = x !== null && y !== null ? x - y : (x === null) - (y === null) || text.localeCompare(other);
    return (turned ? -found : found) || a.dataset.number - b.dataset.number;
  };
  table.tBodies[0].append(...[...rows.values()].sort(order));
}

heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => sortBy(column));
  head.replaceChildren(button);
});
document.getElementById("hint").hidden = false;
