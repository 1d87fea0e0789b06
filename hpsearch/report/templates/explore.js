// Any two columns as a map, and ranges of each column: the same selection for keyboard and touch.
const pairBox = document.querySelector("#any-pair .plot");
const pairSvg = pairBox.querySelector("svg");
const [pairX, pairY, pairColour] = ["pair-x", "pair-y", "pair-colour"].map((id) => document.getElementById(id));
const parameterPlaces = data.parameters.map((_, place) => firstParameter + place);
const measures = ["value", "epochs", "number", "seconds", "best_epoch", "train_accuracy"]
  .map((name) => data.places[name])
  .filter((place) => columns.get(place).scale);

function fillPair(list, chosen, change) {
  for (const place of [...parameterPlaces, ...measures]) {
    if (!columns.get(place).scale) continue;
    const option = new Option(columns.get(place).name, place, false, place === chosen);
    list.append(option);
  }
  list.addEventListener("change", change);
}

function drawPair() {
  const [x, y] = [Number(pairX.value), Number(pairY.value)];
  const name = `any-pair-${x}-${y}`;
  pairSvg.dataset.figure = name;
  data.figures[name] = [x, y];
  const width = Math.max(pairBox.clientWidth, 240);
  const shown = [columns.get(x), columns.get(y)];
  scatter(pairSvg, [width, Math.min(460, Math.max(280, 0.6 * width))], ...shown, wholeView(...shown));
  pairSvg.setAttribute("aria-label", `${columns.get(y).name} against ${columns.get(x).name}, ${trials.length} trials.`);
  brushed();
}

function drawKey() {
  document.querySelector("#any-pair .key").replaceChildren(...paint.parts.map(([colour, words]) => {
    const item = document.createElement("li");
    const dot = document.createElement("i");
    dot.style.background = colour;
    item.append(dot, words);
    return item;
  }));
}

// A control a column: checkboxes for choices, two sliders for numbers.
const ranges = new Map();
function addRange(place) {
  const { name, scale } = columns.get(place);
  const field = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = name;
  field.append(legend);
  ranges.set(place, scale.choices ? addBoxes(field, place) : addSliders(field, place));
  document.getElementById("range-fields").append(field);
}

function addBoxes(field, place) {
  const { scale } = columns.get(place);
  const boxes = scale.choices.map((choice) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    label.append(box, ` ${scale.words(choice)}`);
    field.append(label);
    return box;
  });
  const change = () => {
    const allowed = scale.choices.filter((_, at) => boxes[at].checked);
    setBrush(place, allowed.length < boxes.length ? choiceBrush(place, new Set(allowed)) : null);
  };
  boxes.forEach((box) => box.addEventListener("change", change));
  return (brush) => boxes.forEach((box, at) => { box.checked = !brush || brush.allowed.has(scale.choices[at]); });
}

const STEPS = 200;
function addSliders(field, place) {
  const { name, scale } = columns.get(place);
  const words = document.createElement("output");
  const [low, high] = ["from", "to"].map((which) => {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: STEPS, step: 1, value: which === "from" ? 0 : STEPS });
    slider.setAttribute("aria-label", `${name} ${which}`);
    slider.addEventListener("input", () => change(which));
    field.append(slider);
    return slider;
  });
  field.append(words);
  const change = (which) => {
    const ends = [low, high].map((slider) => slider.value / STEPS);
    if (ends[0] > ends[1]) ends[which === "from" ? 1 : 0] = ends[which === "from" ? 0 : 1];
    setBrush(place, ends[0] > 0 || ends[1] < 1 ? rangeBrush(place, ...ends) : null);
  };
  return (brush) => {
    const ends = brush ? [brush.low, brush.high].map((end) => Math.min(1, Math.max(0, end))) : [0, 1];
    [low, high].forEach((slider, at) => {
      slider.value = Math.round(ends[at] * STEPS);
      slider.setAttribute("aria-valuetext", scale.words(scale.value(ends[at])));
    });
    words.textContent = ends.map((end) => scale.words(scale.value(end))).join(" to ");
  };
}

function showRanges() {
  for (const [place, show] of ranges) show(brushes.get(place));
}

document.getElementById("exploring").hidden = false;
fillPair(pairX, data.pair[0], drawPair);
fillPair(pairY, data.pair[1] ?? VALUE, drawPair);
fillPair(pairColour, VALUE, () => {
  paint = paintBy(Number(pairColour.value));
  drawKey();
  drawPair();
});
document.getElementById("swap").addEventListener("click", () => {
  [pairX.value, pairY.value] = [pairY.value, pairX.value];
  drawPair();
});
drawKey();
[...parameterPlaces, ...measures.slice(0, 2)].forEach(addRange);
