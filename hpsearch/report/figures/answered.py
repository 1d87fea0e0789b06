"""The answer of a question: how far the best value is ahead of each other one."""

from matplotlib.figure import Figure

from hpsearch.report.style import clean, colour, new_figure
from hpsearch.results.question import Answer


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
