"use strict";
// The trials of the page, explored: one scope for all parts, in the order in which they need each other.
{
{% include "scales.js" %}
{% include "record.js" %}
{% include "marks.js" %}
{% include "selection.js" %}
{% include "tooltip.js" %}
{% include "brush.js" %}
{% include "plot.js" %}
{% include "table.js" %}
{% include "explore.js" %}
{% include "large.js" %}
{% include "beside.js" %}
{% include "panel.js" %}
  document.getElementById("hint").hidden = false;
  drawPair();
  new ResizeObserver(() => { if (pairBox.clientWidth && !large.open) drawPair(); }).observe(pairBox);
}
