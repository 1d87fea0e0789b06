"""All trials at once: one line a trial through one axis a parameter."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hpsearch.report.figures.space import column, with_room
from hpsearch.report.style import WIDE, clean, colour, new_figure, short_labels, value_colours
from hpsearch.report.trialmarks import trials_gid
from hpsearch.results.stats import best_trial, ranked
from hpsearch.space import Parameter

ABSENT = -0.16
"""Where a parameter lies that a trial does not have; its range is [0, 1]."""
_LABEL: Any = {
    "va": "center",
    "fontsize": 8.5,
    "zorder": 6,
    "bbox": {"facecolor": colour("paper"), "alpha": 0.75, "linewidth": 0, "pad": 0.6},
}
_SHARE_OF_AXES = 0.7
"""Of the height of the figure, from the lowest choice to the highest."""
ROOM = 0.75
"""Inches that an axis has at least."""
LETTERS = 13
"""Letters of a name that an inch holds."""
N_TOP = 20
"""So many of the best are coloured, the others grey."""


def parallel_coordinates(
    trials: pd.DataFrame,
    parameters: Sequence[Parameter],
    *,
    last: str = "rank of accuracy",
    size: tuple[float, float] = WIDE,
) -> Figure:
    """Returns a line a trial, the best in colour; no trial is left out.

    An axis runs over the range of its parameter, its last one over the ranks of the values.

    Args:
        trials: the higher their value, the better.
        parameters: in the order of their axes.
        last: what the last axis is called.
        size: least width and height in inches.
    """
    width = max(size[0], ROOM * (len(parameters) + 1))
    figure, axes = new_figure((width, size[1]))
    table = positions(trials, parameters)
    top = _top(trials)
    _draw_lines(axes, table[~top], trials.loc[~top, "number"], [colour("pruned")] * int((~top).sum()), 0.25)
    scale, norm = value_colours(trials.loc[top, "value"].to_numpy()) if top.any() else (None, None)
    shades = [] if scale is None or norm is None else list(scale(norm(trials.loc[top, "value"])))
    _draw_lines(axes, table[top], trials.loc[top, "number"], shades, 0.9)
    for line in table[(trials["number"] == best_trial(trials)).to_numpy()]:
        axes.plot(line, linewidth=2.5, color=colour("best"))
    _label_axes(axes, parameters, last, int(LETTERS * width / (len(parameters) + 1)))
    lowest = {ABSENT: "absent"} if (table == ABSENT).any() else {}
    heights = {**lowest, 0: "low", 1: "high"}
    axes.set_yticks(list(heights), list(heights.values()))
    axes.set_ylim(min(heights) - 0.08, 1.08)
    return figure


def positions(trials: pd.DataFrame, parameters: Sequence[Parameter]) -> NDArray[np.float64]:
    """Returns where the line of each trial crosses each axis, (n_trials, n_parameters + 1).

    In [0, 1], or ABSENT where a trial has no such parameter or no accuracy.
    """
    crossings = [parameter.place(trials[column(parameter)]) for parameter in parameters]
    ranks = trials["value"].rank(pct=True).to_numpy()
    return np.nan_to_num(np.column_stack([*crossings, ranks]), nan=ABSENT)


def _top(trials: pd.DataFrame) -> pd.Series:
    """Returns which trials are among the best complete ones."""
    return trials["number"].isin(ranked(trials)["number"].head(N_TOP))


def _draw_lines(
    axes: Axes, table: NDArray[np.float64], numbers: pd.Series, shades: Sequence[object], opacity: float
) -> None:
    lines = [np.column_stack([np.arange(table.shape[1]), row]) for row in table]
    drawn = LineCollection(lines, colors=list(shades), linewidths=1.0, alpha=opacity)
    drawn.set_gid(trials_gid(numbers))
    axes.add_collection(drawn)


def _label_axes(axes: Axes, parameters: Sequence[Parameter], last: str, longest: int) -> None:
    """Writes names under the axes, and the ends of their ranges beside them.

    Args:
        last: what the last axis is called.
        longest: letters that a line of a name may have.
    """
    for place, parameter in enumerate(parameters):
        names = _end_names(parameter, min(longest, 12))
        inches = axes.figure.get_figure(root=True).get_figheight() * _SHARE_OF_AXES
        for height, name in zip(names, with_room(list(names.values()), inches), strict=True):
            if name:
                axes.annotate(name, (place, height), (3, 0), textcoords="offset points", **_LABEL)
    labels = short_labels([*(parameter.name for parameter in parameters), last], longest)
    axes.set_xticks(range(len(parameters) + 1), labels)
    axes.set_xlim(-0.1, len(parameters) + 0.15)
    axes.grid(axis="y", visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def _end_names(parameter: Parameter, longest: int) -> dict[float, str]:
    if parameter.kind == "choice":
        places = parameter.place(parameter.choices)
        return {
            float(place): clean(choice, longest)
            for place, choice in zip(places, parameter.choices, strict=True)
        }
    return {0.0: f"{parameter.low:g}", 1.0: f"{parameter.high:g}"}
