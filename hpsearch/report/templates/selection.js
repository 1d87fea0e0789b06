// What is selected: one trial that is looked at, and the trials that all brushes together let pass.
let current = null;
let picked = null; // numbers, or null without a brush
const brushes = new Map(); // by figure or column

const passes = (trial) => [...brushes.values()].every((brush) => brush.passes(trial));

function brushed() {
  picked = brushes.size ? new Set(trials.filter(passes).map((trial) => trial.number)) : null;
  fadeOthers(picked);
  lightUp(current);
  drawBrushes();
  showRanges();
  filter();
  document.getElementById("picked").hidden = picked === null;
  if (picked) document.querySelector("#picked output").textContent = pickedInWords();
}

function pickedInWords() {
  const best = trials.filter((trial) => picked.has(trial.number) && trial.state === "complete").map((trial) => trial.value);
  const top = best.length ? `, the best complete one ${percent(best.reduce((a, b) => Math.max(a, b)))}` : "";
  return `${picked.size} of ${trials.length} trials selected${top}`;
}

function setBrush(key, brush) {
  if (brush) brushes.set(key, brush);
  else brushes.delete(key);
  brushed();
}

function clearBrushes() {
  brushes.clear();
  brushed();
}

// Trials whose value in a column lies between two places of its scale.
function rangeBrush(column, low, high) {
  const { of, scale } = columns.get(column);
  const inside = (place) => place !== null && place >= low - 1e-9 && place <= high + 1e-9;
  return { column, low, high, passes: (trial) => inside(scale.place(of(trial))) };
}

function choiceBrush(column, allowed) {
  return { column, allowed, passes: (trial) => allowed.has(columns.get(column).of(trial)) };
}

function select(number) {
  if (current !== null) markRow(current, false);
  current = number === current ? null : number;
  lightUp(current);
  showPanel();
  if (current !== null) markRow(current, true);
}

document.getElementById("clear").addEventListener("click", clearBrushes);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  hideTip();
  if (current !== null) select(current);
  else if (brushes.size) clearBrushes();
});
