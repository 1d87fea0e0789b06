"""One mark a trial: colour and shape by state, the best one as a star, the same in every figure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hpsearch.report.style import MARKERS, STATES, colour
from hpsearch.report.trialmarks import trials_gid

_SIZES = {"complete": 20, "pruned": 11, "diverged": 26, "failed": 26}


def draw_trials(axes: Axes, points: pd.DataFrame, best: int | None) -> None:
    """Draws trials by their state, and the study's winner as a star if it is among them.

    Args:
        points: columns number, state, x and y; rows without x are left out. Trials without y
            (nothing was measured) lie on the lower edge.
        best: the number of the winner of all trials, which need not be the best of these.
    """
    points = points[points["x"].notna()]
    lying = points["y"].isna()
    for state in reversed(STATES):
        _draw_marks(axes, points[(points["state"] == state) & ~lying], state, floor=False)
        _draw_marks(axes, points[(points["state"] == state) & lying], state, floor=True)
    winner = points[points["number"] == best]
    if len(winner):
        draw_star(axes, winner)


def draw_star(axes: Axes, best: pd.DataFrame) -> None:
    """Draws the best trial: one row with columns x and y."""
    look: Any = {"color": colour("best"), "edgecolor": colour("ink"), "linewidth": 0.7}
    axes.scatter(best["x"], best["y"], marker="*", s=150, zorder=5, clip_on=False, **look)


def _draw_marks(axes: Axes, points: pd.DataFrame, state: str, floor: bool) -> None:
    if points.empty:
        return
    drawn = axes.scatter(
        points["x"],
        np.full(len(points), 0.025) if floor else points["y"],
        color=colour(state),
        marker=MARKERS[state],
        s=_SIZES[state],
        linewidth=0 if MARKERS[state] == "o" else 1.6,
        alpha=0.85,
        clip_on=False,
        transform=axes.get_xaxis_transform() if floor else axes.transData,
    )
    drawn.set_gid(trials_gid(points["number"]))


def draw_legend(axes: Axes, trials: pd.DataFrame, best: int | None = None) -> None:
    """Writes above the axes what the marks of these trials mean, the winner's too if it is among them."""
    present = [state for state in STATES if (trials["state"] == state).any()]
    handles = [_handle(state, MARKERS[state], 5) for state in present]
    if (trials["number"] == best).any():
        handles.append(_handle("best", "*", 9))
    if handles:
        figure = axes.get_figure(root=True)
        assert figure is not None  # axes are made in one
        where: Any = "upper left" if figure.get_layout_engine() is None else "outside upper left"
        figure.legend(handles=handles, loc=where, ncols=5, handletextpad=0.1, columnspacing=1.0)


def _handle(name: str, marker: str, size: float) -> Line2D:
    edge = colour("ink" if name == "best" else name)
    return Line2D(
        [],
        [],
        label=name,
        color=colour(name),
        marker=marker,
        markersize=size,
        linestyle="",
        mec=edge,
        mew=0.5 if marker in "o*" else 1.6,
    )
