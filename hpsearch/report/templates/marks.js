// The marks of trials in all figures: where they are, which is nearest, and how they light up or fade.
const svgNS = "http://www.w3.org/2000/svg";
function draw(shape, attributes, parent) {
  const element = document.createElementNS(svgNS, shape);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

const figuresOfTrials = () =>
  [...document.querySelectorAll("svg[data-figure]")].filter((svg) => svg.querySelector("path[data-trials]"));

// A joined path has one "M" a trial and their numbers in the same order; it is read when first needed.
const known = new WeakMap();
function marksOf(svg) {
  if (!known.has(svg)) known.set(svg, [...svg.querySelectorAll("path[data-trials]")].flatMap(readMarks));
  return known.get(svg);
}

function readMarks(path) {
  const pieces = path.getAttribute("d").split("M").slice(1);
  return path.dataset.trials.split(" ").map((number, place) => {
    const piece = pieces[place];
    const dot = /^-?[\d.]+ -?[\d.]+[hm]/.test(piece);
    const numbers = piece.match(/-?\d*\.?\d+/g).map(Number);
    const points = [];
    for (let at = 0; at < (dot ? 2 : numbers.length); at += 2) points.push([numbers[at], numbers[at + 1]]);
    return { number: Number(number), path, d: `M${piece}`, points, closed: !dot && piece.endsWith("z") };
  });
}

function pointIn(svg, event) {
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [x, y];
}

function distanceTo({ points, closed }, x, y) {
  if (points.length === 1) return Math.hypot(points[0][0] - x, points[0][1] - y);
  if (closed) {
    const [left, right, top, bottom] = boxOf(points);
    return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
  }
  let least = Infinity;
  for (let at = 1; at < points.length; at++) {
    const [[ax, ay], [bx, by]] = [points[at - 1], points[at]];
    const length = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
    const share = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    least = Math.min(least, Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y));
  }
  return least;
}

function boxOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

// The mark under a pointer, at most so many pixels of the screen away; those in the selection come first.
function nearestMark(svg, event, reach = 12) {
  const [x, y] = pointIn(svg, event);
  const radius = reach / svg.getScreenCTM().a;
  let nearest = null;
  let least = radius;
  for (const mark of marksOf(svg)) {
    const away = distanceTo(mark, x, y) + (picked && !picked.has(mark.number) ? radius / 2 : 0);
    if (away <= least) [least, nearest] = [away, mark];
  }
  return nearest;
}

function outline(svg, mark, look) {
  if (mark.points.length === 1) draw("circle", { cx: mark.points[0][0], cy: mark.points[0][1], r: 6, class: look }, svg);
  else draw("path", { d: mark.d, class: look }, svg);
}

const removeAll = (css) => document.querySelectorAll(css).forEach((element) => element.remove());

function lightUp(number) {
  removeAll(".lit");
  if (number === null) return;
  for (const svg of figuresOfTrials())
    for (const mark of marksOf(svg)) if (mark.number === number) outline(svg, mark, "lit");
  const svg = document.querySelector("svg[data-figure=learning-curves]");
  if (svg && curvesOf(number)[0].length) draw("path", { d: curveIn(number), class: "lit" }, svg);
}

// The line of any trial in the figure of the learning curves, of which that draws the best few alone.
function curveIn(number) {
  const ruler = data.rulers["learning-curves"];
  const along = ([start, end, low, high], unit) => (start + ((unit - low) / (high - low)) * (end - start)).toFixed(1);
  const unitOf = (value) => (ruler.y[3] > 1 ? stretch(value, 1 / data.images) : value); // an even axis ends at 1
  return curvesOf(number)[0]
    .map((value, epoch) => `${epoch ? "L" : "M"}${along(ruler.x, epoch + 1)} ${along(ruler.y, unitOf(value))}`)
    .join("");
}

// All marks but those of these trials fade; null lets all be seen.
function fadeOthers(kept) {
  removeAll(".kept");
  for (const svg of figuresOfTrials()) {
    svg.classList.toggle("faded", kept !== null);
    if (kept === null) continue;
    const outlines = new Map();
    for (const { number, path, d } of marksOf(svg))
      if (kept.has(number)) outlines.set(path, (outlines.get(path) || "") + d);
    for (const [path, d] of outlines) {
      const copy = path.cloneNode();
      copy.removeAttribute("data-trials");
      copy.setAttribute("class", "kept");
      copy.setAttribute("d", d);
      path.after(copy);
    }
    if (svg.dataset.figure === "learning-curves" && "learning-curves" in data.rulers)
      draw("path", { d: [...kept].map(curveIn).join(""), class: "kept line" }, svg);
  }
}
