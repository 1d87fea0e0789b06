"use strict";
// The page of a running search renews itself, unless somebody is looking at a trial.
setInterval(() => {
  const chosen = document.getElementById("chosen");
  const busy = document.querySelector("dialog[open]") || (chosen && !chosen.hidden) || getSelection().type === "Range";
  if (!busy && !document.hidden) location.reload();
}, 1000 * Number(document.body.dataset.live));
