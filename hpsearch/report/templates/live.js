"use strict";
// The page of a running search renews itself, unless somebody is looking at trials, reading a selection or typing.
setInterval(() => {
  const chosen = document.getElementById("chosen");
  const picked = document.getElementById("picked");
  const looks = [chosen, picked].some((part) => part && !part.hidden) || document.querySelector("dialog[open]");
  const busy = looks || getSelection().type === "Range" || document.activeElement.matches("input, select, textarea");
  if (!busy && !document.hidden) location.reload();
}, 1000 * Number(document.body.dataset.live));
