"""The axis of a parameter, and where in the plane of two the good trials lie."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend, draw_star, draw_trials
from hpsearch.report.logaxis import log_axis
from hpsearch.report.style import LARGEST, clean, counts_locator, new_tile, short_labels, value_colours
from hpsearch.report.trialmarks import trials_gid
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter
from hpsearch.words import percent, visible

_LONGEST = 16  # letters in a line of a choice's name
_SHORTEST = 3
_LETTER = 0.078  # inches that a letter of a tick's label takes
_LINE = 0.15  # inches from one line of such a label to the next
_TIGHT_LINE = 0.13  # inches from a label to the next at least
_BAR = 0.85  # inches at the right for a bar of colours with accuracies beside it
_BESIDE_LABELS = 0.3  # inches of that without the labels
_UPRIGHT = 14  # letters of a name that stands upright


def column(parameter: Parameter) -> str:
    """Returns the column of the trials that holds a parameter."""
    return f"params.{parameter.name}"


def places(trials: pd.DataFrame, parameter: Parameter) -> pd.Series:
    """Returns where trials lie on a parameter's axis; equal choices are spread a little."""
    values = trials[column(parameter)]
    if parameter.kind != "choice":
        return held(values.astype(np.float64), parameter)
    spread = (trials["number"] * 0.618034 % 1 - 0.5) * 0.6  # golden ratio: even, and the same each time
    return ranks(trials, parameter) + spread


def ranks(trials: pd.DataFrame, parameter: Parameter) -> pd.Series:
    """Returns which of a parameter's choices each trial has, counted from 0; NaN without one."""
    rank = {choice: place for place, choice in enumerate(parameter.choices)}
    return trials[column(parameter)].map(rank).astype(np.float64)


def held(values: pd.Series, parameter: Parameter) -> pd.Series:
    """Returns values of a range that its axis can hold."""
    return values.clip(1 / LARGEST if parameter.log else -LARGEST, LARGEST)


def held_ends(parameter: Parameter) -> tuple[float, float]:
    """Returns the ends of a range as far as its axis can hold them."""
    low, high = held(pd.Series(parameter.ends(), dtype=np.float64), parameter)
    return float(low), float(high)


def parameter_axis(axes: Axes, which: str, parameter: Parameter) -> None:
    """Gives an axis the range, the scale and the name of a parameter."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    set_limits = axes.set_xlim if which == "x" else axes.set_ylim
    axis.set_label_text(clean(parameter.name))
    if parameter.kind == "choice":
        name_choices = _name_choices_below if which == "x" else _name_choices_beside
        name_choices(axes, parameter.choices)
        axis.grid(False)
        set_limits(-0.5, len(parameter.choices) - 0.5)
        return
    low, high = held_ends(parameter)
    if parameter.log:
        log_axis(axes, which, low, high, integer=parameter.kind == "int")
        pad = (high / low) ** 0.03 if high > low else 1.1
        set_limits(low / pad, high * pad)
    else:
        if parameter.kind == "int":
            axis.set_major_locator(counts_locator())
        pad = 0.03 * (high - low) or max(0.5, 1e-3 * abs(high))
        set_limits(low - pad, high + pad)


def _name_choices_beside(axes: Axes, choices: Sequence[object]) -> None:
    height = axes.get_position().height * axes.figure.get_figure(root=True).get_figheight()
    labels = [clean(choice, _LONGEST) for choice in choices]
    axes.set_yticks(range(len(choices)), with_room(labels, height))


def _name_choices_below(axes: Axes, choices: Sequence[object]) -> None:
    """Names choices side by side, in folded lines or upright, and the axes make room for it."""
    box, figure = axes.get_position(), axes.figure.get_figure(root=True)
    width = box.width * figure.get_figwidth()
    letters = int(width / len(choices) / _LETTER)
    names = [visible(choice) for choice in choices]
    longest = max(map(len, names))
    if longest <= letters or (letters >= _SHORTEST and longest <= 2 * letters) or 2 * letters >= _UPRIGHT:
        labels, turn = short_labels(names, min(letters, _LONGEST)), 0
        room = _LINE * max(label.count("\n") for label in labels)
    else:
        labels, turn = [clean(name, _UPRIGHT) for name in names], 90
        room = _LETTER * max(map(len, labels)) - _LINE
        labels = with_room(labels, width)
    below = room / figure.get_figheight()
    _, label_y = axes.xaxis.get_label().get_position()
    axes.set_xticks(range(len(choices)), labels, rotation=turn)
    axes.set_position((box.x0, box.y0 + below, box.width, box.height - below))
    axes.xaxis.set_label_coords(0.5, (label_y * box.height - below) / (box.height - below))


def with_room(labels: Sequence[str], inches: float) -> list[str]:
    """Returns the labels along so many inches, of which as many are empty as would lie on others."""
    step = math.ceil(len(labels) * _TIGHT_LINE / inches)
    return ["" if place % step else label for place, label in enumerate(labels)]


def accuracy_map(
    trials: pd.DataFrame, x: Parameter, y: Parameter, words: Callable[[float], str] = percent
) -> Figure:
    """Returns trials in the plane of two parameters, coloured by their values; diverged ones as crosses.

    Args:
        trials: the higher their value, the better.
        x, y: the parameters.
        words: what a value is called beside its colour.
    """
    points = trials.assign(x=places(trials, x), y=places(trials, y)).dropna(subset=["x", "y"])
    measured = points[points["value"].notna() & (points["state"] != "diverged")].sort_values("value")
    unmeasured = points.drop(measured.index)
    labels: list[str] = []
    if len(measured):
        scale, norm = value_colours(measured["value"].to_numpy())
        labels = [words(bound) for bound in norm.boundaries]
    figure, axes = new_tile(right=max(_BAR, _BESIDE_LABELS + _LETTER * max(map(len, labels), default=0)))
    parameter_axis(axes, "x", x)
    parameter_axis(axes, "y", y)
    draw_trials(axes, unmeasured, None)
    if len(measured):
        drawn = axes.scatter(measured["x"], measured["y"], c=measured["value"], cmap=scale, norm=norm, s=24)
        drawn.set(linewidth=0, gid=trials_gid(measured["number"]), clip_on=False)
        if measured["value"].nunique() > 1:
            bar = figure.colorbar(drawn, cax=_beside(axes), ticks=norm.boundaries, spacing="uniform")
            bar.ax.set_yticklabels(labels)
            bar.outline.set_visible(False)
    draw_star(axes, measured[measured["number"] == best_trial(trials)])
    draw_legend(axes, unmeasured)
    return figure


def _beside(axes: Axes) -> Axes:
    """Returns axes for a narrow bar in the right margin."""
    box = axes.get_position()
    return axes.figure.add_axes((box.x1 + 0.02, box.y0, 0.018, box.height))
