// The table of trials: sort, filter, choose columns, and go through its rows by the arrow keys.
const table = document.getElementById("table");
const body = table.tBodies[0];
const heads = [...table.tHead.rows[0].cells];
const find = document.getElementById("find");
const BEST_FIRST = new Set([VALUE, data.places.train_accuracy]);
[...body.rows].forEach((row, place) => { trials[place].row = row; });
const byRow = new Map(trials.map((trial) => [trial.row, trial]));

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null); // gaps last, whatever the order
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

function sortBy(column) {
  const now = heads[column].getAttribute("aria-sort");
  const first = BEST_FIRST.has(column) ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", now === first ? other : first);
  const sign = heads[column].getAttribute("aria-sort") === "ascending" ? 1 : -1;
  trials.sort((a, b) => {
    const [x, y] = [a.values[column], b.values[column]];
    const order = x === null || y === null ? compare(x, y) : sign * compare(x, y);
    return order || a.number - b.number;
  });
  body.append(...trials.map((trial) => trial.row));
  filter();
}

// The first rows alone, until all are asked for, or a filter or selection asks about all of them.
const showAll = document.getElementById("all");
let isShort = trials.length > data.first;
function filter() {
  const boxes = [...document.querySelectorAll("input[name=state]")];
  const states = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const wanted = find.value.trim().toLowerCase();
  const asks = picked || wanted || states.size < boxes.length;
  let count = 0;
  for (const trial of trials) {
    const { row, state, number } = trial;
    trial.fits = states.has(state) && (!picked || picked.has(number)) && (!wanted || row.textContent.toLowerCase().includes(wanted));
    row.hidden = !trial.fits || (isShort && !asks && count >= data.first);
    count += trial.fits;
  }
  document.getElementById("shown").textContent = `${isShort && !asks ? data.first : count} of ${trials.length} trials`;
  showAll.textContent = isShort ? `Show all ${trials.length} trials` : `Show the first ${data.first} alone`;
  showAll.hidden = trials.length <= data.first || Boolean(asks);
}

function markRow(number, on) {
  const { row } = byNumber.get(number);
  row.classList.toggle("chosen", on);
  row.querySelector("button").setAttribute("aria-pressed", on);
}

function makeButton(text, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  if (label) button.setAttribute("aria-label", label);
  return button;
}

heads.forEach((head, column) => {
  const button = makeButton(head.textContent);
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = true;
  box.addEventListener("change", () => {
    for (const row of table.rows) row.cells[column].hidden = !box.checked;
  });
  label.append(box, ` ${head.textContent} `);
  if (column > 0) document.getElementById("columns").append(label);
  head.replaceChildren(button);
  button.addEventListener("click", () => sortBy(column));
});
for (const { row, number } of trials) {
  const button = makeButton(number, `Select trial ${number}`);
  button.setAttribute("aria-pressed", "false");
  row.cells[0].replaceChildren(button);
}
body.addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (row) select(byRow.get(row).number);
});
body.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!by || !event.target.matches("button")) return;
  event.preventDefault();
  const rows = trials.map((trial) => trial.row).filter((row) => !row.hidden);
  const to = rows[rows.indexOf(event.target.closest("tr")) + by];
  if (!to) return;
  to.querySelector("button").focus();
  if (current !== null && byRow.get(to).number !== current) select(byRow.get(to).number);
});
document.querySelectorAll("input[name=state]").forEach((box) => box.addEventListener("change", filter));
find.addEventListener("input", filter);
showAll.addEventListener("click", () => {
  isShort = !isShort;
  filter();
});
document.getElementById("tools").hidden = false;
