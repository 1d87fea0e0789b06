"""The answer of a question: how far the best value is ahead, and how far the trials of each came."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hpsearch.report.style import accuracy_axis, choice_colours, clean, colour, new_figure
from hpsearch.results.question import Answer
from hpsearch.space import Value


def effects(answer: Answer) -> Figure:
    """Returns a row a value that the best one was compared with, in points of accuracy.

    The thick line is the interval of the two settings, the thin one has the luck of tuning too.
    """
    figure, axes = new_figure((4.7, 0.45 * len(answer.comparisons) + 0.9))
    axes.axvline(0, color=colour("muted"), linewidth=1, linestyle=":")
    for place, one in enumerate(answer.comparisons):
        for interval, width in ((one.tuned, 1.2), (one.settings, 4.0)):
            ends = [100 * interval.low, 100 * interval.high]
            axes.plot(ends, [place, place], color=colour("complete"), linewidth=width)
        axes.plot(100 * one.settings.mean, place, "o", color=colour("best"), zorder=3)
    labels = [f"over {clean(one.value)}" for one in answer.comparisons]
    axes.set_yticks(range(len(labels)), labels)
    axes.set(ylim=(len(labels) - 0.5, -0.5), xlabel=f"{clean(answer.best)} is ahead by (points)")
    axes.grid(False, axis="y")
    return figure


def reached(scores: Mapping[Value, NDArray[np.float64]], n_val: int) -> Figure:
    """Returns a line a value: which share of its trials reached an accuracy.

    Args:
        scores: the accuracy that each trial of a value reached, 0 for one without.
        n_val: validation images behind an accuracy.
    """
    figure, axes = new_figure()
    accuracy_axis(axes, "x", np.concatenate([*scores.values()]), n_val)
    left, _ = axes.get_xlim()
    for (value, own), shade in zip(scores.items(), choice_colours(len(scores)), strict=True):
        ordered = np.sort(own)
        share = np.arange(len(ordered), 0, -1) / len(ordered)
        x, y = np.r_[left, ordered, ordered[-1]], 100 * np.r_[share[0], share, 0.0]
        axes.step(x, y, color=shade, label=clean(value))
    axes.set(ylim=(0, 102), xlabel="validation accuracy (%)", ylabel="trials that reached it (%)")
    axes.legend(loc="best")
    return figure
