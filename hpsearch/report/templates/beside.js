// Trials side by side with the selected one: a column each, what differs in bold, and their curves in its figure.
const N_BESIDE = 6;
const besides = []; // numbers of trials, in the order in which they were taken
const besideBox = document.getElementById("beside");
const besideButton = document.getElementById("keep");

const colourBeside = (number) => `choice-${1 + besides.indexOf(number)}`;

function toggleBeside(number) {
  const at = besides.indexOf(number);
  if (at >= 0) besides.splice(at, 1);
  else besides.push(number);
  if (besides.length > N_BESIDE) besides.shift();
  showPanel();
}

function showBeside(trial) {
  besideButton.setAttribute("aria-pressed", besides.includes(trial.number));
  const shown = [...new Set([trial.number, ...besides])].map((number) => byNumber.get(number));
  besideBox.hidden = besides.length === 0 || shown.length < 2;
  if (besideBox.hidden) return;
  const places = [STATE, VALUE, data.places.train_accuracy, EPOCHS, ...parameterPlaces];
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const one of [null, ...shown]) head.append(headBeside(one, trial));
  const rows = table.createTBody();
  for (const place of places) {
    const column = columns.get(place);
    const texts = shown.map((one) => inWords(column, column.of(one)));
    const row = rows.insertRow();
    row.classList.toggle("differs", new Set(texts).size > 1);
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = column.name;
    row.append(name);
    for (const text of texts) row.insertCell().textContent = text;
  }
  besideBox.querySelector(".scroll").replaceChildren(table);
}

// The head of a column: the selected trial's, or one that was taken, with its colour and a button that takes it away.
function headBeside(one, trial) {
  const cell = document.createElement(one ? "th" : "td");
  if (!one) return cell;
  cell.scope = "col";
  if (besides.includes(one.number) && one !== trial) {
    const dot = document.createElement("i");
    dot.className = "dot";
    dot.style.background = `var(--${colourBeside(one.number)})`;
    const button = makeButton("\u00d7", `Take trial ${one.number} away`);
    button.addEventListener("click", () => toggleBeside(one.number));
    cell.append(dot, `trial ${one.number} `, button);
  } else cell.textContent = `trial ${one.number}`;
  return cell;
}

besideButton.addEventListener("click", () => toggleBeside(current));
document.getElementById("compare").addEventListener("click", () => {
  const best = trials.filter((trial) => picked.has(trial.number)).sort((a, b) => (b.value ?? -1) - (a.value ?? -1) || a.number - b.number);
  besides.splice(0, besides.length, ...best.slice(0, N_BESIDE).map((trial) => trial.number));
  if (current === besides[0]) showPanel();
  else select(besides[0]);
});
