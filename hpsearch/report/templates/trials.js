"use strict";
// The table of trials: sort, filter, choose columns; a selected trial lights up in every figure.
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const at = (name) => data.columns.indexOf(name);
  const trials = [...body.rows].map((row, place) => ({ row, values: data.rows[place], number: data.rows[place][0] }));
  const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
  const chosen = document.getElementById("chosen");
  const shown = document.getElementById("shown");
  const find = document.getElementById("find");
  let current = null;

  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null); // gaps last, whatever the order
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  };

  function sortBy(column) {
    const upward = heads[column].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", upward ? "ascending" : "descending");
    const sign = upward ? 1 : -1;
    trials.sort((a, b) => {
      const [x, y] = [a.values[column], b.values[column]];
      const order = x === null || y === null ? compare(x, y) : sign * compare(x, y);
      return order || a.number - b.number;
    });
    body.append(...trials.map((trial) => trial.row));
  }

  function filter() {
    const states = new Set([...document.querySelectorAll("input[name=state]:checked")].map((box) => box.value));
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const { row, values } of trials) {
      const hit = states.has(values[at("state")]) && (!wanted || row.textContent.toLowerCase().includes(wanted));
      row.hidden = !hit;
      count += hit;
    }
    shown.textContent = `${count} of ${trials.length} trials`;
  }

  function showColumn(column, visible) {
    for (const row of table.rows) row.cells[column].hidden = !visible;
  }

  const literal = (value, kind) => {
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number") {
      const text = String(value);
      return kind === "float" && /^-?\d+$/.test(text) ? `${text}.0` : text;
    }
    return /^\[.*\]$/.test(value) ? value : JSON.stringify(value);
  };

  function toml(trial) {
    const lines = [];
    const lists = new Map();
    data.kinds.forEach((kind, place) => {
      const column = data.columns.length - data.kinds.length + place;
      const [name, part] = data.columns[column].split(/\.(depth|width\d+)$/);
      const value = trial.values[column];
      if (value === null) return;
      if (!part) lines.push(`${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)} = ${literal(value, kind)}`);
      else if (part !== "depth") lists.set(name, [...(lists.get(name) || []), value]);
    });
    for (const [name, widths] of lists) lines.push(`${name} = [${widths.join(", ")}]`);
    return lines.join("\n");
  }

  const svgNS = "http://www.w3.org/2000/svg";
  function light(shape, attributes, parent) {
    const element = document.createElementNS(svgNS, shape);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.setAttribute("class", "lit");
    parent.append(element);
  }

  // Where each trial's marks are: read from the figures once, when they are first needed.
  let places = null;
  function findPlaces() {
    places = new Map();
    const keep = (number, mark) => places.set(number, [...(places.get(number) || []), mark]);
    for (const path of document.querySelectorAll("path[data-trials]")) {
      const svg = path.ownerSVGElement;
      const numbers = path.dataset.trials.split(" ").map(Number);
      path.getAttribute("d").split("M").slice(1).forEach((piece, place) => {
        const [, x, y] = piece.match(/^(-?[\d.]+) (-?[\d.]+)[hm]/) || [];
        keep(numbers[place], x === undefined ? { svg, d: `M${piece}` } : { svg, x: Number(x), y: Number(y) });
      });
    }
    for (const [name, lines] of Object.entries(data.lines)) {
      const svg = document.querySelector(`#${name} svg`);
      for (const [number, points] of Object.entries(lines)) keep(Number(number), { svg, points });
    }
  }

  function lightUp(number) {
    document.querySelectorAll(".lit").forEach((element) => element.remove());
    if (number === null) return;
    if (!places) findPlaces();
    for (const mark of places.get(number) || []) {
      if (mark.d) light("path", { d: mark.d }, mark.svg);
      else if (mark.points) light("polyline", { points: mark.points }, mark.svg);
      else light("circle", { cx: mark.x, cy: mark.y, r: 6 }, mark.svg);
    }
  }

  function select(number) {
    if (current !== null) {
      const { row } = byNumber.get(current);
      row.classList.remove("chosen");
      row.querySelector("button").setAttribute("aria-pressed", "false");
    }
    current = number === current ? null : number;
    lightUp(current);
    chosen.hidden = current === null;
    if (current === null) return;
    const trial = byNumber.get(current);
    trial.row.classList.add("chosen");
    trial.row.querySelector("button").setAttribute("aria-pressed", "true");
    const value = trial.values[at("value")];
    const reached = value === null ? "" : `, ${(100 * value).toFixed(2)} %`;
    chosen.querySelector("h2").textContent = `Trial ${current}: ${trial.values[at("state")]}${reached}`;
    chosen.querySelector("pre").textContent = toml(trial);
  }

  async function copy() {
    const pre = chosen.querySelector("pre");
    const button = document.getElementById("copy");
    getSelection().selectAllChildren(pre);
    if (navigator.clipboard) await navigator.clipboard.writeText(pre.textContent);
    else document.execCommand("copy"); // pages from a file in some browsers
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy as TOML"; }, 1500);
  }

  // A click in a figure selects the trial whose mark is nearest.
  function pick(event) {
    const svg = event.target.closest("figure svg");
    if (!svg) return;
    if (!places) findPlaces();
    const box = svg.viewBox.baseVal;
    const frame = svg.getBoundingClientRect();
    const scale = box.width / frame.width;
    const [x, y] = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    let nearest = null;
    let least = 10 ** 2;
    for (const [number, marks] of places)
      for (const mark of marks) {
        const distance = mark.svg === svg && "x" in mark ? (mark.x - x) ** 2 + (mark.y - y) ** 2 : Infinity;
        if (distance < least) [least, nearest] = [distance, number];
      }
    if (nearest !== null && nearest !== current) select(nearest);
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sortBy(column));
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => showColumn(column, box.checked));
    const label = document.createElement("label");
    label.append(box, ` ${head.textContent} `);
    if (column > 0) document.getElementById("columns").append(label);
  });
  for (const { row, number } of trials) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = number;
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", `Select trial ${number}`);
    row.cells[0].replaceChildren(button);
  }
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) select(trials.find((trial) => trial.row === row).number);
  });
  document.addEventListener("click", pick);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && current !== null) select(current);
  });
  document.querySelectorAll("input[name=state]").forEach((box) => box.addEventListener("change", filter));
  find.addEventListener("input", filter);
  document.getElementById("copy").addEventListener("click", copy);
  document.getElementById("close").addEventListener("click", () => select(current));
  document.getElementById("tools").hidden = false;
  filter();
}
