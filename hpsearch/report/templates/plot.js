// Figures that the script draws: axes with their ticks, a scatter coloured by a column, lines of curves.
const N_COLOURS = 8;

function isMeasured(trial) {
  return trial.value !== null && trial.state !== "diverged";
}

// The colours of a column: one a choice, or up to eight that each hold about as many of the trials.
function paintBy(place) {
  const { of, scale } = columns.get(place);
  if (!scale) return { parts: [], of: () => null }; // nothing was measured
  if (scale.choices) {
    const colour = (choice) => `var(--choice-${scale.choices.indexOf(choice) % N_COLOURS})`;
    return { parts: scale.choices.map((choice) => [colour(choice), scale.words(choice)]), of: (trial) => (of(trial) === null ? null : colour(of(trial))) };
  }
  const bounds = boundsOf(trials.filter(isMeasured).map(of).filter((value) => value !== null).sort((a, b) => a - b));
  const last = Math.max(bounds.length - 2, 0);
  const colour = (bin) => `var(--value-${last ? Math.round((bin / last) * (N_COLOURS - 1)) : 0})`;
  const words = (bin) => [...new Set([bounds[bin], bounds[bin + 1] ?? bounds[bin]].map(scale.words))].join(" to ");
  const binOf = (value) => Math.min(bounds.findLastIndex((bound) => value >= bound), last);
  return {
    parts: bounds.length ? Array.from({ length: last + 1 }, (_, bin) => [colour(bin), words(bin)]) : [],
    of: (trial) => (of(trial) === null ? null : colour(binOf(of(trial)))),
  };
}

function boundsOf(values) {
  const quantile = (share) => {
    const at = share * (values.length - 1);
    return values[Math.floor(at)] + (at % 1) * (values[Math.ceil(at)] - values[Math.floor(at)]);
  };
  return values.length ? [...new Set(Array.from({ length: N_COLOURS + 1 }, (_, place) => quantile(place / N_COLOURS)))] : [];
}

// The view that shows every trial.
const wholeView = (x, y) => ({ x: x.scale.whole, y: y.scale.whole });

let paint = paintBy(VALUE); // of the scatters: what the reader chose

// Empties an SVG and draws its axes; returns how places of the view lie in it, and the group for its marks.
function drawAxes(svg, [width, height], x, y, view) {
  svg.replaceChildren();
  known.delete(svg);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const left = 30 + 7 * Math.max(3, ...y.scale.ticks(...view.y).map((tick) => cutTo(y.scale.words(tick), 16).length));
  const [right, top, bottom] = [width - 12, 10, height - 44];
  const along = ([start, end], [from, to]) => (place) => start + ((place - from) / (to - from)) * (end - start);
  const [px, py] = [along([left, right], view.x), along([bottom, top], view.y)];
  const room = Math.max(3, Math.floor((right - left) / x.scale.ticks(...view.x).length / 7));
  for (const [tick, at] of apart(x.scale.ticks(...view.x).map((tick) => [tick, px(x.scale.place(tick))]), 44)) {
    draw("path", { d: `M${at} ${top}V${bottom}`, class: "grid" }, svg);
    draw("text", { x: at, y: bottom + 17, "text-anchor": "middle" }, svg).textContent = cutTo(x.scale.words(tick), room);
  }
  for (const [tick, at] of apart(y.scale.ticks(...view.y).map((tick) => [tick, py(y.scale.place(tick))]), 18)) {
    draw("path", { d: `M${left} ${at}H${right}`, class: "grid" }, svg);
    draw("text", { x: left - 6, y: at + 4, "text-anchor": "end" }, svg).textContent = cutTo(y.scale.words(tick), 16);
  }
  draw("path", { d: `M${left} ${top}V${bottom}H${right}`, class: "edge" }, svg);
  draw("text", { x: (left + right) / 2, y: height - 8, "text-anchor": "middle" }, svg).textContent = cutTo(x.name, width / 8);
  const turned = { transform: `translate(13 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" };
  draw("text", turned, svg).textContent = cutTo(y.name, height / 9);
  const clip = draw("clipPath", { id: `clip-${svg.dataset.figure}` }, svg);
  draw("rect", { x: left, y: top, width: right - left, height: bottom - top }, clip);
  const back = (start, end, [from, to]) => (point) => from + ((point - start) / (end - start)) * (to - from);
  const [bx, by] = [back(left, right, view.x), back(bottom, top, view.y)];
  svg.units = {
    to: (rect) => [px(rect[0]), px(rect[1]), py(rect[2]), py(rect[3])],
    from: (box) => [bx(box[0]), bx(box[1]), by(box[2]), by(box[3])],
  };
  const layer = draw("g", { "clip-path": `url(#clip-${svg.dataset.figure})` }, svg);
  return { px, py, layer };
}

// Ticks with their places, from the last one on, that are so many pixels apart.
function apart(ticks, least) {
  const kept = [];
  for (const tick of ticks.reverse())
    if (!kept.length || Math.abs(tick[1] - kept.at(-1)[1]) >= least) kept.push(tick);
  return kept;
}

function cutTo(text, longest) {
  return text.length > longest ? `${text.slice(0, Math.floor(longest) - 1)}…` : text;
}

const MARKS = { diverged: "m-4 -4l8 8m0 -8l-8 8", failed: "m-5 0l10 0m-5 -5l0 10" };

function lookOf(trial) {
  if (!isMeasured(trial)) return `fill:none;stroke:var(--${trial.state});stroke-width:1.8`;
  const width = trial.state === "complete" ? 10 : 6.5;
  return `fill:none;stroke:${paint.of(trial) ?? "var(--muted)"};stroke-width:${width};stroke-linecap:round`;
}

function scatter(svg, size, x, y, view) {
  const { px, py, layer } = drawAxes(svg, size, x, y, view);
  const place = (column, trial, range) => {
    const found = column.scale.place(column.of(trial));
    if (found !== null) return found + column.scale.spread(trial.number);
    return column === columns.get(VALUE) ? range[0] + 0.025 * (range[1] - range[0]) : null; // not measured: at the edge
  };
  const looks = new Map();
  for (const trial of [...trials].sort((a, b) => (a.value ?? 0) - (b.value ?? 0))) {
    const [across, up] = [place(x, trial, view.x), place(y, trial, view.y)];
    if (across === null || up === null || !within(across, view.x) || !within(up, view.y)) continue;
    const at = `M${px(across).toFixed(1)} ${py(up).toFixed(1)}${isMeasured(trial) ? "h0" : MARKS[trial.state] || MARKS.failed}`;
    const [numbers, d] = looks.get(lookOf(trial)) || [[], ""];
    looks.set(lookOf(trial), [[...numbers, trial.number], d + at]);
    if (trial === winner) svg.star = [px(across), py(up)];
  }
  for (const [style, [numbers, d]] of looks) draw("path", { "data-trials": numbers.join(" "), d, style }, layer);
  if (svg.star) draw("path", { d: starAt(...svg.star), class: "star" }, svg);
  svg.star = null;
}

const within = (place, [low, high]) => place >= low && place <= high;

function starAt(x, y) {
  const corner = (turn) => {
    const radius = turn % 2 ? 4 : 9.5;
    return `${(x + radius * Math.sin((turn * Math.PI) / 5)).toFixed(1)} ${(y - radius * Math.cos((turn * Math.PI) / 5)).toFixed(1)}`;
  };
  return `M${Array.from({ length: 10 }, (_, turn) => corner(turn)).join("L")}Z`;
}

// Curves of trials by epoch: the winner's in its colour, those of pruned ones grey.
function curvesPlot(svg, size, view) {
  const [x, y] = [columns.get("epoch"), columns.get(VALUE)];
  const { px, py, layer } = drawAxes(svg, size, x, y, view);
  const looks = new Map();
  for (const trial of [...trials].reverse()) {
    const line = lineOf(curvesOf(trial.number)[0], x, y, px, py);
    if (!line) continue;
    const look = trial === winner ? "best" : trial.state;
    const [numbers, d] = looks.get(look) || [[], ""];
    looks.set(look, [[...numbers, trial.number], d + line]);
  }
  for (const [look, [numbers, d]] of looks) {
    const style = `fill:none;stroke:var(--${look});stroke-width:${look === "best" ? 2.5 : 1.2}`;
    draw("path", { "data-trials": numbers.join(" "), d, style }, layer);
  }
}

function lineOf(accuracies, x, y, px, py) {
  const points = accuracies.map((value, epoch) => `${px(x.scale.place(epoch + 1)).toFixed(1)} ${py(y.scale.place(value)).toFixed(1)}`);
  if (!points.length) return "";
  return points.length === 1 ? `M${points[0]}L${points[0]}` : `M${points.join("L")}`;
}
