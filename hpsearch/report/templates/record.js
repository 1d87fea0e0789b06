// The record: trials with their values, the best first, and the columns that these stand in.
const data = JSON.parse(document.getElementById("data").textContent);
const firstParameter = data.places.parameters;
const isParameter = (place) => place >= firstParameter && place < firstParameter + data.parameters.length;
const { state: STATE, value: VALUE, epochs: EPOCHS, seconds: SECONDS, reason: REASON, note: NOTE } = data.places;
const trials = data.rows.map((values, row) => (
  { number: values[0], values, state: values[STATE], value: values[VALUE], started: data.started[row] }));
const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
const winner = trials[0].state === "complete" ? trials[0] : null;

let spent = 0;
for (const trial of [...trials].sort((a, b) => a.number - b.number)) trial.spent = spent += trial.values[EPOCHS];

// The share of the measured trials that are no better, equals in the middle: the last axis of the parallel coordinates.
const measured = trials.filter((trial) => trial.value !== null).sort((a, b) => a.value - b.value);
for (let first = 0, end; first < measured.length; first = end) {
  end = measured.findLastIndex(({ value }) => value === measured[first].value) + 1;
  for (const trial of measured.slice(first, end)) trial.rank = (first + 1 + end) / 2 / measured.length;
}

// Validation and training accuracy of a trial by epoch; the page holds the first value and then changes.
function curvesOf(number) {
  return (data.curves[number] || [[], []]).map((changes) => {
    let steps = 0;
    return changes.map((change) => (steps += change) / 10000);
  });
}

const columns = new Map(data.columns.map((name, place) => [place, {
  name: { value: "validation accuracy", train_accuracy: "training accuracy" }[isParameter(place) ? "" : name] || name,
  of: (trial) => trial.values[place],
  scale: scaleOf(place),
}]));
columns.set("spent", {
  name: "epochs spent",
  of: (trial) => trial.spent,
  scale: linearScale(0, spent, true),
});
columns.set("epoch", {
  name: "epoch",
  of: (trial) => trial.values[EPOCHS],
  scale: linearScale(1, Math.max(2, ...trials.map((trial) => trial.values[EPOCHS])), true),
});

function scaleOf(place) {
  const parameter = isParameter(place) ? data.parameters[place - firstParameter] : null;
  if (parameter && parameter.kind === "choice") return choiceScale(parameter.choices);
  if (parameter) return (parameter.log ? logScale : linearScale)(parameter.low, parameter.high, parameter.kind === "int");
  const numbers = data.rows.map((row) => row[place]).filter((value) => typeof value === "number");
  if (!numbers.length) return null;
  const [low, high] = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
  if ([VALUE, data.places.train_accuracy].includes(place)) return accuracyScale(low, high, 1 / data.images);
  return linearScale(low, high, numbers.every(Number.isInteger));
}

function inWords(column, value) {
  if (value === null || value === undefined) return "none";
  return column.scale ? column.scale.words(value) : String(value);
}

// "99.0 % after 15 epochs", or what there is of it.
function reached(trial) {
  const epochs = `${trial.values[EPOCHS]} epoch${trial.values[EPOCHS] === 1 ? "" : "s"}`;
  return trial.value === null ? `nothing measured, ${epochs}` : `${percent(trial.value)}, ${epochs}`;
}

// The parameters of a trial as [name, value, kind]; the widths of layers as one list, as study files have them.
function argumentsOf(trial) {
  const found = [];
  const lists = new Map();
  data.parameters.forEach((parameter, place) => {
    const [name, part] = data.columns[firstParameter + place].split(/\.(depth|width\d+)$/);
    const value = trial.values[firstParameter + place];
    if (value === null) return;
    if (!part) found.push([name, value, parameter.kind]);
    else if (part !== "depth") lists.set(name, [...(lists.get(name) || []), value]);
  });
  for (const [name, widths] of lists) found.push([name, `[${widths.join(", ")}]`, "list"]);
  return found;
}

function literal(value, kind) {
  if (typeof value === "number") {
    const text = String(value);
    return kind === "float" && /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  return typeof value === "boolean" || /^\[.*\]$/.test(value) ? String(value) : JSON.stringify(value);
}

function toml(trial) {
  const key = (name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));
  return argumentsOf(trial).map(([name, value, kind]) => `${key(name)} = ${literal(value, kind)}`).join("\n");
}

function python(trial) {
  const words = { true: "True", false: "False" };
  const spelled = (value, kind) => (typeof value === "boolean" ? words[value] : literal(value, kind));
  const lines = argumentsOf(trial).map(([name, value, kind]) => `    ${JSON.stringify(name)}: ${spelled(value, kind)},`);
  return ["{", ...lines, "}"].join("\n");
}
