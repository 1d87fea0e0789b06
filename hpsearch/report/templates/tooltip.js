// What a mark is: shown under the pointer, at a tap, and for the mark that the arrow keys have reached. Bars,
// lines and bands that stand for no trial bring their words with them.
{% include "tip.js" %}
const dragsNow = () => dragging !== null && dragging.moved;

function tipLines(trial, svg) {
  const lines = [`Trial ${trial.number}: ${trial.state}`, reached(trial)];
  for (const place of data.figures[svg.dataset.figure] || svg.shows || []) {
    const column = columns.get(place);
    if (place !== VALUE && place !== "epoch") lines.push(`${column.name}: ${inWords(column, column.of(trial))}`);
  }
  if (trial.values[REASON] && trial.state !== "complete") lines.push(trial.values[REASON]);
  return lines;
}

function hideTip() {
  tip.hidden = true;
  removeAll(".under");
}

function tipFor(svg, mark, x, y) {
  hideTip();
  outline(svg, mark, "under");
  showTip(tipLines(byNumber.get(mark.number), svg), x, y);
}

document.addEventListener("pointermove", (event) => {
  if (event.pointerType === "touch") return;
  const svg = event.target.closest("svg[data-figure]");
  const mark = svg && !dragsNow() ? nearestMark(svg, event) : null;
  const noted = mark || dragsNow() ? null : event.target.closest("[data-note]");
  const lines = svg && svg.tipAt && !dragsNow() ? svg.tipAt(event) : null;
  if (mark) tipFor(svg, mark, event.clientX, event.clientY);
  else if (lines) showTip(lines, event.clientX, event.clientY);
  else if (noted) showTip([noted.dataset.note], event.clientX, event.clientY);
  else if (!tip.hidden && !document.activeElement.matches("[data-walk]")) hideTip();
});

// The arrow keys go through the marks of a figure from left to right, or from the best line to the worst.
function walk(box, key) {
  const svg = box.querySelector("svg[data-figure]");
  const of = (mark) => mark.points[0][0];
  const lines = (mark) => mark.points.length > 1 && !mark.closed;
  const value = (mark) => byNumber.get(mark.number).value ?? -1;
  const order = [...marksOf(svg)].filter((mark) => !picked || picked.has(mark.number));
  order.sort((a, b) => (lines(a) && lines(b) ? value(b) - value(a) : of(a) - of(b)) || a.number - b.number);
  if (!order.length) return;
  const last = order.length - 1;
  const now = order.findIndex((mark) => mark.number === svg.walked);
  const to = { Home: 0, End: last, ArrowRight: Math.min(now + 1, last), ArrowLeft: Math.max(now - 1, 0) }[key];
  const mark = order[to];
  svg.walked = mark.number;
  const [x, y] = mark.points[mark.closed || mark.points.length === 1 ? 0 : mark.points.length - 1];
  const scrolled = box.getBoundingClientRect();
  let at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
  if (at.x < scrolled.left || at.x > scrolled.right) {
    box.scrollLeft += at.x - scrolled.left - scrolled.width / 2;
    at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
  }
  tipFor(svg, mark, at.x, at.y);
}

document.addEventListener("keydown", (event) => {
  const box = event.target.closest("[data-walk]");
  if (!box || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const { walked } = box.querySelector("svg[data-figure]") || {};
  if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) walk(box, event.key);
  else if (event.key === "Enter" && walked !== undefined) select(walked);
  else return;
  event.preventDefault();
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches("[data-walk]")) hideTip();
});
