// Selecting many: a rectangle in any figure of trials, a stretch along an axis of the parallel coordinates.
const PARALLEL = "parallel-coordinates";
let dragging = null;
let justDragged = false; // the click that ends a drag selects nothing

function brushable(event) {
  const svg = event.target.closest("svg[data-figure]");
  return svg && event.button === 0 && svg.querySelector("path[data-trials]") ? svg : null;
}

function rectangle([ax, ay], [bx, by]) {
  return [Math.min(ax, bx), Math.max(ax, bx), Math.min(ay, by), Math.max(ay, by)];
}

function numbersInside(svg, [left, right, top, bottom]) {
  const inside = ([x, y]) => x >= left && x <= right && y >= top && y <= bottom;
  const overlaps = (mark) => {
    const [l, r, t, b] = boxOf(mark.points);
    return l <= right && r >= left && t <= bottom && b >= top;
  };
  const hit = marksOf(svg).filter((mark) => (mark.closed ? overlaps(mark) : mark.points.some(inside)));
  const numbers = new Set(hit.map((mark) => mark.number));
  if (svg.dataset.figure === "learning-curves" && "learning-curves" in data.rulers)
    for (const { number } of trials)
      if ((curveIn(number).match(/[\d.]+ [\d.]+/g) || []).some((at) => inside(at.split(" ").map(Number)))) numbers.add(number);
  return numbers;
}

// In plots of the script a rectangle keeps its place when they zoom: `units` turns points into places and back.
function brushRectangle(svg, box) {
  const numbers = numbersInside(svg, box);
  const rect = svg.units ? svg.units.from(box) : box;
  setBrush(svg.dataset.figure, { figure: svg.dataset.figure, rect, passes: (trial) => numbers.has(trial.number) });
}

const alongRuler = ([start, end, low, high], point) => low + ((point - start) / (end - start)) * (high - low);
const onRuler = ([start, end, low, high], unit) => start + ((unit - low) / (high - low)) * (end - start);

function brushAxis(place, ay, by) {
  const shows = data.figures[PARALLEL];
  const column = shows[place];
  const [low, high] = [ay, by].map((y) => alongRuler(data.rulers[PARALLEL].y, y)).sort((a, b) => a - b);
  const { scale, of } = columns.get(column);
  if (scale.choices) {
    const inside = scale.choices.filter((choice) => scale.place(choice) >= low && scale.place(choice) <= high);
    setBrush(column, choiceBrush(column, new Set(inside)));
  } else if (column === VALUE) {
    const ranked = trials.filter(({ rank }) => rank >= low && rank <= high).map((trial) => scale.place(of(trial)));
    setBrush(column, rangeBrush(column, Math.min(...ranked), Math.max(...ranked)));
  } else setBrush(column, rangeBrush(column, low, high));
}

function drawBrushes() {
  removeAll(".brush");
  for (const brush of brushes.values()) {
    if (brush.figure)
      for (const svg of document.querySelectorAll(`svg[data-figure="${brush.figure}"]`)) {
        const [left, right, top, bottom] = svg.units ? svg.units.to(brush.rect) : brush.rect;
        draw("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "brush" }, svg);
      }
    else drawStretch(brush);
  }
}

// Along an axis of the parallel coordinates, from the lowest to the highest of what passes.
function drawStretch({ column, low, high, allowed }) {
  const svg = document.querySelector(`svg[data-figure="${PARALLEL}"]`);
  const place = svg ? data.figures[PARALLEL].indexOf(column) : -1;
  if (place < 0) return;
  const { scale } = columns.get(column);
  let ends = [low, high];
  if (allowed) ends = [...allowed].map(scale.place).map((at) => [at - 0.02, at + 0.02]).flat();
  if (column === VALUE) ends = trials.filter(brushes.get(column).passes).map(({ rank }) => rank);
  if (!ends.length) return;
  const ruler = data.rulers[PARALLEL];
  const x = onRuler(ruler.x, place);
  const [bottom, top] = [Math.min(...ends), Math.max(...ends)].map((end) => onRuler(ruler.y, end));
  draw("rect", { x: x - 6, y: top - 1, width: 12, height: Math.max(bottom - top, 0) + 2, class: "brush" }, svg);
}

function dragTo(event) {
  const { svg, from } = dragging;
  const to = pointIn(svg, event);
  if (svg.dataset.figure !== PARALLEL) return brushRectangle(svg, rectangle(from, to));
  const last = data.figures[PARALLEL].length - 1;
  const axis = Math.round(alongRuler(data.rulers[PARALLEL].x, from[0]));
  return brushAxis(Math.min(Math.max(axis, 0), last), from[1], to[1]);
}

document.addEventListener("pointerdown", (event) => {
  justDragged = false;
  const svg = brushable(event);
  if (svg) dragging = { svg, from: pointIn(svg, event), x: event.clientX, y: event.clientY, moved: false };
});
document.addEventListener("pointermove", (event) => {
  if (!dragging) return;
  if (!dragging.moved && Math.hypot(event.clientX - dragging.x, event.clientY - dragging.y) < 6) return;
  dragging.moved = true;
  hideTip();
  if (!dragging.waits) requestAnimationFrame(() => { if (dragging) { dragging.waits = false; dragTo(dragging.event); } });
  Object.assign(dragging, { waits: true, event });
});
document.addEventListener("pointerup", (event) => {
  if (dragging && dragging.moved) {
    dragTo(event);
    justDragged = true;
  }
  dragging = null;
});
document.addEventListener("pointercancel", () => { dragging = null; });

// A click selects the nearest trial; beside all marks it takes the figure's rectangle away.
document.addEventListener("click", (event) => {
  const svg = event.target.closest("svg[data-figure]");
  if (!svg || justDragged) return;
  const mark = nearestMark(svg, event);
  if (!mark) {
    if (brushes.has(svg.dataset.figure)) setBrush(svg.dataset.figure, null);
    return;
  }
  if (mark.number !== current) select(mark.number);
  tipFor(svg, mark, event.clientX, event.clientY);
});

// Axes can be dragged along by touch too: on these strips a finger does not scroll.
{
  const svg = document.querySelector(`#${PARALLEL} svg`);
  if (svg)
    for (let place = 0; place < data.figures[PARALLEL].length; place++) {
      const { x, y } = data.rulers[PARALLEL];
      draw("rect", { x: onRuler(x, place) - 14, y: y[1], width: 28, height: y[0] - y[1], class: "strip" }, svg);
    }
}
