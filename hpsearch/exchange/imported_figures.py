"""Figures of a study of Optuna's: its values are no accuracies, and lower ones may be better.

Trials come with a column y: the value that a figure shows; those without one are left out of it.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hpsearch.report.figures.choices import MIN_BOX
from hpsearch.report.figures.marks import draw_legend, draw_trials
from hpsearch.report.figures.slices import draw_trend
from hpsearch.report.figures.space import column, parameter_axis, places
from hpsearch.report.logaxis import log_axis
from hpsearch.report.style import WIDE, clean, colour, counts_locator, new_tile
from hpsearch.report.trialmarks import trials_gid
from hpsearch.space import Parameter

N_BEST = 5
"""So many of the best curves are coloured."""
DECADES = 3
"""Positive values that differ by so many powers of ten have a logarithmic axis."""


def value_axis(axes: Axes, values: pd.Series, name: str) -> None:
    """Gives the vertical axis the range and the name of an objective.

    Args:
        axes: where it is drawn.
        values: all of them finite.
        name: of the objective.
    """
    axes.set_ylabel(clean(name))
    axes.yaxis.set_offset_position("right")  # of "1e7" or "1e-6+2.3025": on the left is the legend
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if low > 0 and math.log10(high) - math.log10(low) >= DECADES:
        log_axis(axes, "y", low, high)
        pad = 10 ** (0.04 * (math.log10(high) - math.log10(low)))
        axes.set_ylim(low / pad, high * pad)
        return
    pad = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    axes.set_ylim(low - pad, high + pad)


def history(trials: pd.DataFrame, best: int | None, objective: str, minimize: bool) -> Figure:
    """Returns every trial's value by its number, with the best complete one so far.

    Args:
        trials: with a column counts, whether the trial can be the best.
        best: the study's best trial.
        objective: its name.
        minimize: whether lower is better.
    """
    figure, axes = new_tile()
    value_axis(axes, trials["y"], objective)
    value = trials["y"].where(trials["counts"])
    so_far = (value.cummin() if minimize else value.cummax()).ffill().dropna()
    axes.plot(
        trials.loc[so_far.index, "number"], so_far, color=colour("best"), drawstyle="steps-post", zorder=1.5
    )
    draw_trials(axes, trials.assign(x=trials["number"]), best)
    draw_legend(axes, trials, best)
    axes.set_xlabel("trial")
    axes.xaxis.set_major_locator(counts_locator())
    return figure


def reported(
    reports: pd.DataFrame, ranked: Sequence[int], name: str, size: tuple[float, float] = WIDE
) -> Figure:
    """Returns what trials reported, a line each: the best few in colour, the best one boldest.

    Args:
        reports: columns number, step and value, all finite, in number order.
        ranked: the numbers of the trials, the best first.
        name: of what was reported.
        size: width and height in inches.
    """
    figure, axes = new_tile(size)
    value_axis(axes, reports["value"], name)
    lines = _lines(reports)
    top = [number for number in ranked[:N_BEST] if number in lines]
    others = [number for number in lines if number not in top]
    grey = LineCollection([lines[number] for number in others], colors=colour("pruned"), alpha=0.35)
    grey.set(linewidth=0.9, gid=trials_gid(others))
    axes.add_collection(grey)
    for place, number in reversed(list(enumerate(top))):
        axes.plot(
            *lines[number].T,
            color=colour("complete" if place else "best"),
            linewidth=1.1 if place else 2.2,
            marker="o" if len(lines[number]) == 1 else "",
            gid=trials_gid([number]),
        )
    axes.set_xlabel("step")
    pad = 0.02 * (reports["step"].max() - reports["step"].min()) or 0.5
    axes.set_xlim(reports["step"].min() - pad, reports["step"].max() + pad)
    axes.xaxis.set_major_locator(counts_locator())
    return figure


def _lines(reports: pd.DataFrame) -> dict[int, NDArray[np.float64]]:
    """Returns the steps and values of each trial, (reports, 2), by its number."""
    numbers, points = reports["number"].to_numpy(), reports[["step", "value"]].to_numpy(np.float64)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return dict(zip(numbers[starts].tolist(), np.split(points, starts[1:]), strict=True))


def against(
    trials: pd.DataFrame, parameter: Parameter, best: int | None, objective: str, line: pd.DataFrame
) -> Figure:
    """Returns the trials' values against a range of numbers, with the trend of the complete ones.

    Args:
        trials: those that have the parameter.
        parameter: the range.
        best: the study's best trial.
        objective: its name.
        line: what `slices.trend` gives of the complete ones.
    """
    figure, axes = new_tile()
    parameter_axis(axes, "x", parameter)
    value_axis(axes, trials["y"], objective)
    draw_trend(axes, line)
    draw_trials(axes, trials.assign(x=places(trials, parameter)), best)
    draw_legend(axes, trials, best)
    return figure


def by_choice(trials: pd.DataFrame, parameter: Parameter, best: int | None, objective: str) -> Figure:
    """Returns the trials' values by choice, over boxes of the middle half of enough complete ones.

    Args:
        trials: those that have the parameter.
        parameter: the choices.
        best: the study's best trial.
        objective: its name.
    """
    figure, axes = new_tile()
    complete = trials[trials["state"] == "complete"]
    groups = [complete.loc[complete[column(parameter)] == choice, "y"] for choice in parameter.choices]
    boxed = [place for place, group in enumerate(groups) if len(group) >= MIN_BOX]
    if boxed:
        axes.boxplot(
            [groups[place].to_numpy(np.float64) for place in boxed],
            positions=boxed,
            widths=0.8,
            showfliers=False,
            medianprops={"color": colour("ink")},
            boxprops={"color": colour("muted")},
            whiskerprops={"color": colour("muted")},
            capprops={"color": colour("muted")},
        )
    parameter_axis(axes, "x", parameter)
    value_axis(axes, trials["y"], objective)
    draw_trials(axes, trials.assign(x=places(trials, parameter)), best)
    draw_legend(axes, trials, best)
    return figure
