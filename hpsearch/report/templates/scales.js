// Scales: where a value lies along an axis (0 at its start, 1 at its end), its ticks, and its words.
const GOLDEN = 0.618034;
const TICKS = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1];
const STRETCH_ABOVE = 0.9;
const WHOLE = [-0.04, 1.04]; // all places, with a margin

// As `words.percent`: with as many digits as show that an accuracy is below 1.
function percent(accuracy) {
  let digits = accuracy === 1 ? 0 : 1;
  while (accuracy >= 1 - 0.5 * 10 ** (-2 - digits) && accuracy < 1 - 1e-9) digits += 1;
  return `${(100 * accuracy).toFixed(digits)}\u00a0%`;
}

function shortNumber(value) {
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1e6 ? rounded.toExponential().replace("+", "") : String(rounded);
}

// -log10 of the error; below floor it goes on in a straight line, so that 100 % has a place.
function stretch(accuracy, floor) {
  const error = 1 - accuracy;
  return -Math.log10(Math.max(error, floor)) + Math.max(1 - error / floor, 0) / Math.LN10;
}

function unstretch(unit, floor) {
  const beyond = Math.max(unit + Math.log10(floor), 0);
  return 1 - 10 ** -(unit - beyond) + floor * beyond * Math.LN10;
}

// A scale from a transformation of values to evenly spaced units, and back.
function makeScale(low, high, to, from, ticks, words) {
  const start = to(low);
  const length = to(high) - start || 1;
  return {
    place: (value) => (value === null || value === undefined ? null : (to(value) - start) / length),
    value: (place) => from(start + place * length),
    ticks: (first, last) => ticks(from(start + first * length), from(start + last * length)),
    words,
    whole: WHOLE,
    spread: () => 0,
  };
}

function linearScale(low, high, whole) {
  const same = (value) => value;
  return makeScale(low, high, same, same, (first, last) => evenTicks(first, last, whole), shortNumber);
}

function logScale(low, high, whole) {
  return makeScale(low, high, Math.log10, (unit) => 10 ** unit, (first, last) => logTicks(first, last, whole), shortNumber);
}

function accuracyScale(low, high, floor) {
  const even = (first, last) => evenTicks(first, Math.min(last, 1), false);
  if (high < STRETCH_ABOVE) return makeScale(low, high, (value) => value, (unit) => unit, even, percent);
  const ticks = (first, last) => {
    const known = TICKS.filter((tick) => tick >= first && tick <= last);
    return known.length > 2 ? known : even(first, last);
  };
  return makeScale(low, high, (value) => stretch(value, floor), (unit) => unstretch(unit, floor), ticks, percent);
}

function choiceScale(choices) {
  const length = Math.max(choices.length - 1, 1);
  return {
    choices,
    place: (value) => (choices.includes(value) ? choices.indexOf(value) / length : null),
    ticks: (first, last) => choices.filter((_, place) => place / length >= first && place / length <= last),
    words: (choice) => (String(choice).trim() ? String(choice) : `"${choice}"`), // an empty one can be seen too
    whole: [-0.5 / length, (choices.length - 0.5) / length], // the first and the last spread beyond their places
    spread: (number) => ((number * GOLDEN) % 1 - 0.5) * 0.6 / length, // equal choices lie beside each other
  };
}

function evenTicks(low, high, whole) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  if (whole) step = Math.max(1, Math.round(step));
  const count = Math.floor(high / step) - Math.ceil(low / step) + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, place) => Number(((Math.ceil(low / step) + place) * step).toPrecision(12)));
}

function logTicks(low, high, whole) {
  const found = [];
  const powers = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const factors = high / low > 100 ? [1] : [1, 2, 5];
  for (let power = powers[0]; power <= powers[1]; power++)
    for (const factor of factors) found.push(Number((factor * 10 ** power).toPrecision(3)));
  const inside = found.filter((tick) => tick >= low && tick <= high);
  return inside.length > 2 ? inside : evenTicks(low, high, whole);
}
