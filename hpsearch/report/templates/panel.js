// The selected trial: how it did, why it ended, its curve, its parameters to copy, the next and the one before.
const chosen = document.getElementById("chosen");

function showPanel() {
  chosen.hidden = current === null;
  if (current === null) return;
  const trial = byNumber.get(current);
  const value = trial.value === null ? "" : `, ${percent(trial.value)}`;
  chosen.querySelector("h2").textContent = `Trial ${current}: ${trial.state}${value}`;
  chosen.querySelector(".why").textContent = whyInWords(trial);
  chosen.querySelector("#own-params").textContent = toml(trial);
  drawOwnCurve(trial);
  showEpochs(trial);
  showNote(trial);
  showBeside(trial);
}

function whyInWords(trial) {
  const best = trial.values[data.places.best_epoch];
  const epochs = `${trial.values[EPOCHS]} epoch${trial.values[EPOCHS] === 1 ? "" : "s"}`;
  const parts = [best === null ? epochs : `${epochs}, the best is epoch ${best}`];
  const seconds = trial.values[SECONDS];
  const took = seconds === null ? "" : ` and took ${Number(seconds.toPrecision(3))} s`;
  if (trial.started !== null) parts.push(`It began ${new Date(1000 * trial.started).toISOString().slice(0, 19).replace("T", " ")} UTC${took}`);
  const earlier = data.earlier[trial.number];
  if (earlier) parts.push(`Paused as trial ${earlier.join(" and as trial ")} before`);
  if (trial.values[REASON]) parts.push(`${trial.state === "failed" ? "Error" : `Why ${trial.state}`}: ${trial.values[REASON]}`);
  return `${parts.join(". ")}.`.replace(/\.\.$/, ".");
}

function drawOwnCurve(trial) {
  const svg = document.getElementById("own-curve");
  const curves = curvesOf(trial.number);
  svg.toggleAttribute("hidden", !curves[0].length);
  if (!curves[0].length) return;
  const [x, value] = [columns.get("epoch"), columns.get(VALUE)];
  const others = besides.filter((number) => number !== trial.number);
  const shown = [...curves.flat(), ...[...others, ...(winner ? [winner.number] : [])].flatMap((number) => curvesOf(number)[0])];
  const scale = accuracyScale(shown.reduce((a, b) => Math.min(a, b)), shown.reduce((a, b) => Math.max(a, b)), 1 / data.images);
  const y = { ...value, name: "accuracy", scale };
  const { px, py, layer } = drawAxes(svg, [320, 190], x, y, wholeView(x, y));
  const line = (accuracies, style) =>
    draw("path", { d: lineOf(accuracies, x, y, px, py), style: `fill:none;stroke-linecap:round;${style}` }, layer);
  if (winner && winner !== trial) line(curvesOf(winner.number)[0], "stroke:var(--best);stroke-width:1.5");
  for (const number of others) line(curvesOf(number)[0], `stroke:var(--${colourBeside(number)});stroke-width:1.5`);
  line(curves[1], "stroke:var(--muted);stroke-width:1.5;stroke-dasharray:4 3");
  line(curves[0], "stroke:var(--complete);stroke-width:2.5");
  svg.tipAt = (event) => epochInWords(trial, Math.round(x.scale.value(svg.units.from([pointIn(svg, event)[0], 0, 0, 0])[0])));
  svg.setAttribute("aria-label", `Accuracy of trial ${trial.number} by epoch: ${curves[0].map(percent).join(", ")}.`);
}

// What the trial, the winner and those beside it had reached in an epoch.
function epochInWords(trial, epoch) {
  const [validation, training] = curvesOf(trial.number);
  if (!(epoch >= 1 && epoch <= data.epochs)) return null;
  const others = [...(winner && winner !== trial ? [winner.number] : []), ...besides];
  const lines = [`Epoch ${epoch}`];
  if (epoch <= validation.length) lines.push(`validation ${percent(validation[epoch - 1])}`);
  if (epoch <= training.length) lines.push(`training ${percent(training[epoch - 1])}`);
  for (const number of new Set(others.filter((other) => other !== trial.number))) {
    const value = curvesOf(number)[0][epoch - 1];
    if (value !== undefined) lines.push(`trial ${number}: ${percent(value)}`);
  }
  return lines;
}

function showEpochs(trial) {
  const [validation, training] = curvesOf(trial.number);
  document.getElementById("own-epochs").hidden = !validation.length;
  document.querySelector("#own-epochs tbody").replaceChildren(...validation.map((value, place) => {
    const row = document.createElement("tr");
    for (const text of [place + 1, percent(value), place < training.length ? percent(training[place]) : ""])
      row.insertCell().textContent = text;
    return row;
  }));
}

// A note is written by a command: a page that lies on a disk can keep nothing.
const noteText = document.getElementById("note-text");
function showNote(trial) {
  const note = NOTE === null ? null : trial.values[NOTE];
  const noted = chosen.querySelector(".noted");
  noted.hidden = !note;
  noted.textContent = note ? `Note: ${note}` : "";
  noteText.value = note || "";
  showNoteCommand();
}

function showNoteCommand() {
  const text = noteText.value.trim();
  const quoted = `'${text.replaceAll("'", `'"'"'`)}'`;
  document.getElementById("note-command").textContent =
    `${data.note} --trial ${current} ${text.startsWith("-") ? "-- " : ""}${quoted}`;
}

noteText.addEventListener("input", showNoteCommand);

async function copy(button, text) {
  const pre = document.getElementById("own-params");
  pre.textContent = text;
  getSelection().selectAllChildren(pre);
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else document.execCommand("copy"); // pages from a file in some browsers
  const before = button.dataset.label || button.textContent;
  button.dataset.label = before;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}

// The next trial in the order of the table, among those that fit its filter.
function step(by) {
  const order = trials.filter((trial) => trial.fits || trial.number === current);
  const to = order[order.findIndex((trial) => trial.number === current) + by];
  if (to) select(to.number);
}

document.getElementById("copy").addEventListener("click", (event) => copy(event.target, toml(byNumber.get(current))));
document.getElementById("copy-python").addEventListener("click", (event) => copy(event.target, python(byNumber.get(current))));
document.getElementById("before").addEventListener("click", () => step(-1));
document.getElementById("after").addEventListener("click", () => step(1));
document.getElementById("close").addEventListener("click", () => select(current));
chosen.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (!by || event.target.matches("pre")) return;
  event.preventDefault();
  step(by);
});
