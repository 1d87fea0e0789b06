"""One mark a trial: colour and shape by state, the best one as a star, the same in every figure."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hpsearch.report.style import MARKERS, STATES, colour
from hpsearch.report.svg import trials_gid
from hpsearch.stats import best_trial

_SIZES = {"complete": 20, "pruned": 11, "diverged": 26, "failed": 26}


def draw_trials(axes: Axes, points: pd.DataFrame) -> None:
    """Draws trials by their state, and the best complete one as a star.

    Args:
        points: columns number, state, value, x and y; rows without x are left out. Trials without y
            (nothing was measured) lie on the lower edge.
    """
    points = points[points["x"].notna()]
    lying = points["y"].isna()
    for state in reversed(STATES):
        _draw_marks(axes, points[(points["state"] == state) & ~lying], state, floor=False)
        _draw_marks(axes, points[(points["state"] == state) & lying], state, floor=True)
    best = points[points["number"] == best_trial(points)]
    if len(best):
        star = {
            "marker": "*",
            "s": 150,
            "color": colour("best"),
            "edgecolor": colour("ink"),
            "linewidth": 0.7,
        }
        sns.scatterplot(best, x="x", y="y", ax=axes, legend=False, zorder=5, **star)


def _draw_marks(axes: Axes, points: pd.DataFrame, state: str, floor: bool) -> None:
    if points.empty:
        return
    if floor:
        points = points.assign(y=0.025)
    sns.scatterplot(
        points,
        x="x",
        y="y",
        ax=axes,
        legend=False,
        color=colour(state),
        marker=MARKERS[state],
        s=_SIZES[state],
        linewidth=0,
        alpha=0.85,
        clip_on=False,
        gid=trials_gid(points["number"]),
        **({"transform": axes.get_xaxis_transform()} if floor else {}),
    )


def draw_legend(axes: Axes, trials: pd.DataFrame) -> None:
    """Writes above the axes what the marks of these trials mean."""
    present = [state for state in STATES if (trials["state"] == state).any()]
    handles = [_handle(state, MARKERS[state], 5) for state in present]
    if best_trial(trials) is not None:
        handles.append(_handle("best", "*", 9))
    if handles:
        axes.figure.legend(
            handles=handles, loc="outside upper left", ncols=5, handletextpad=0.1, columnspacing=1.0
        )


def _handle(name: str, marker: str, size: float) -> Line2D:
    edge = colour("ink") if name == "best" else "none"
    return Line2D(
        [],
        [],
        label=name,
        color=colour(name),
        marker=marker,
        markersize=size,
        linestyle="",
        mec=edge,
        mew=0.5,
    )
