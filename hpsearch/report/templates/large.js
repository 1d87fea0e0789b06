// A figure in large: plots are drawn anew and zoom into their axes, pictures grow and scroll.
const large = document.getElementById("large");
const largeBox = document.getElementById("large-box");
const movesButton = document.getElementById("moves");
const zoomSelected = document.getElementById("zoom-selected");
let enlarged = null; // { svg, home, view, plot }

function openLarge(figure) {
  const title = figure.querySelector("h3").textContent;
  document.getElementById("large-title").textContent = title;
  largeBox.setAttribute("aria-label", title);
  const shown = figure.querySelector("svg[data-figure]");
  const places = data.figures[shown.dataset.figure] || [];
  enlarged = places.length === 2 && places.every((place) => columns.get(place).scale) ? largePlot(places) : largePicture(shown);
  zoomSelected.hidden = !enlarged.view; // pictures only grow
  large.append(document.getElementById("dock"), tip);
  large.showModal();
  enlarged.draw();
  brushed();
  largeBox.focus();
}

function largePlot(places) {
  const svg = draw("svg", { role: "img", "data-figure": `large-${places.join("-")}`, "aria-label": document.getElementById("large-title").textContent }, largeBox);
  svg.shows = places;
  const [x, y] = places.map((place) => columns.get(place));
  const home = wholeView(x, y);
  const view = { ...home };
  const size = () => [largeBox.clientWidth, Math.max(largeBox.clientHeight - 4, 240)];
  const redraw = () => (places[0] === "epoch" ? curvesPlot(svg, size(), view) : scatter(svg, size(), x, y, view));
  return {
    svg,
    view,
    draw: redraw,
    zoom: (factor, [across, up] = [middle(view.x), middle(view.y)]) => {
      view.x = around(view.x, across, factor, home.x);
      view.y = around(view.y, up, factor, home.y);
    },
    move: (across, up) => {
      const by = (range, share) => range.map((end) => end + share * (range[1] - range[0]));
      [view.x, view.y] = [by(view.x, across), by(view.y, up)];
    },
    whole: () => Object.assign(view, home),
    selected: () => {
      const brush = brushes.get(svg.dataset.figure);
      if (brush) Object.assign(view, { x: brush.rect.slice(0, 2), y: brush.rect.slice(2).sort((a, b) => a - b) });
    },
    placeOf: (event) => {
      const [left, , top] = svg.units.from([...pointIn(svg, event).slice(0, 1), 0, pointIn(svg, event)[1], 0]);
      return [left, top];
    },
    close: () => svg.remove(),
  };
}

const middle = ([low, high]) => (low + high) / 2;

// A range that is so many times narrower around a place, never beyond the whole of what there is to see.
function around([low, high], place, factor, whole) {
  const length = Math.min((high - low) / factor, whole[1] - whole[0]);
  const start = place - ((place - low) / (high - low)) * length;
  const kept = Math.min(Math.max(start, whole[0]), whole[1] - length);
  return [kept, kept + length];
}

function largePicture(svg) {
  const home = svg.parentElement;
  let scale = 1;
  largeBox.append(svg);
  return {
    svg,
    draw: () => { svg.style.width = `${100 * scale}%`; },
    zoom: (factor) => { scale = Math.min(6, Math.max(1, scale * factor)); },
    move: (across, up) => largeBox.scrollBy(across * largeBox.clientWidth, -up * largeBox.clientHeight),
    whole: () => { scale = 1; },
    selected: () => {},
    placeOf: () => undefined,
    close: () => {
      svg.style.width = "";
      home.append(svg);
    },
  };
}

function changeView(change) {
  change();
  enlarged.draw();
  brushed();
}

large.addEventListener("close", () => {
  enlarged.close();
  enlarged = null;
  document.querySelector("main").append(document.getElementById("dock"), tip);
  hideTip();
  brushed();
});
document.getElementById("zoom-in").addEventListener("click", () => changeView(() => enlarged.zoom(1.5)));
document.getElementById("zoom-out").addEventListener("click", () => changeView(() => enlarged.zoom(1 / 1.5)));
document.getElementById("zoom-whole").addEventListener("click", () => changeView(enlarged.whole));
zoomSelected.addEventListener("click", () => changeView(enlarged.selected));
document.getElementById("large-close").addEventListener("click", () => large.close());
movesButton.addEventListener("click", () => {
  movesButton.setAttribute("aria-pressed", movesButton.getAttribute("aria-pressed") !== "true");
});
largeBox.addEventListener("wheel", (event) => {
  event.preventDefault();
  changeView(() => enlarged.zoom(event.deltaY < 0 ? 1.25 : 0.8, enlarged.placeOf(event)));
}, { passive: false });
largeBox.addEventListener("dblclick", (event) => changeView(() => enlarged.zoom(event.shiftKey ? 0.5 : 2, enlarged.placeOf(event))));
largeBox.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, 0.2], ArrowDown: [0, -0.2] }[event.key];
  if (event.key === "+" || event.key === "=") changeView(() => enlarged.zoom(1.5));
  else if (event.key === "-") changeView(() => enlarged.zoom(1 / 1.5));
  else if (event.key === "0") changeView(enlarged.whole);
  else if (event.key === "z") changeView(enlarged.selected);
  else if (event.shiftKey && steps) changeView(() => enlarged.move(...steps));
  else return;
  event.preventDefault();
});

// With "Move" pressed a drag moves the view instead of selecting; it is caught before it becomes a brush.
let moving = null;
largeBox.addEventListener("pointerdown", (event) => {
  if (movesButton.getAttribute("aria-pressed") !== "true") return;
  moving = event;
  event.stopPropagation();
});
document.addEventListener("pointermove", (event) => {
  if (!moving || !enlarged) return;
  const across = (moving.clientX - event.clientX) / largeBox.clientWidth;
  const up = (event.clientY - moving.clientY) / largeBox.clientHeight;
  moving = event;
  changeView(() => enlarged.move(across, up));
});
document.addEventListener("pointerup", () => { moving = null; });
new ResizeObserver(() => { if (enlarged) changeView(() => {}); }).observe(largeBox);

for (const figure of document.querySelectorAll("main figure")) {
  const svg = figure.querySelector("svg");
  const box = figure.querySelector(".scroll, .plot");
  if (!svg.dataset.figure) svg.dataset.figure = figure.id;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "enlarge";
  button.textContent = "Enlarge";
  button.setAttribute("aria-label", `Enlarge ${figure.querySelector("h3").textContent}`);
  button.addEventListener("click", () => openLarge(figure));
  figure.querySelector("h3").before(button);
  if (!svg.querySelector("path[data-trials]") && !figure.matches("#any-pair")) continue;
  box.tabIndex = 0;
  box.dataset.walk = "";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", `${figure.querySelector("h3").textContent}: arrow keys go from trial to trial, Enter selects`);
}
