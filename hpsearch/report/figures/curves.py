"""Learning curves, and what the nets learned by heart."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend, draw_trials
from hpsearch.report.style import WIDE, accuracy_axis, colour, counts_locator, new_tile
from hpsearch.report.trialmarks import note_gid, trials_gid
from hpsearch.results.stats import best_trial, ranked

N_BEST = 5
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.26))
"""Lower and upper quantile of a band, and its opacity."""


def learning_curves(
    curves: pd.DataFrame,
    trials: pd.DataFrame,
    n_val: int,
    running: pd.DataFrame | None = None,
    size: tuple[float, float] = WIDE,
) -> Figure:
    """Returns the best few curves over the bands that hold half and nine tenths of all trials.

    The end of a pruned or diverged curve is marked. A trial that has ended counts no further.

    Args:
        running: columns number, epoch, val_accuracy of trials that have not ended, drawn as dotted lines.
        size: width and height in inches.
    """
    figure, axes = new_tile(size)
    best = best_few(trials)
    accuracy_axis(axes, "y", curves["val_accuracy"], n_val)
    _draw_bands(axes, curves)
    _draw_ends(axes, curves, trials)
    _draw_best(axes, curves, best)
    for _, curve in () if running is None else running.groupby("number"):
        axes.plot(curve["epoch"], curve["val_accuracy"], ":", color=colour("ink"), linewidth=1.4)
    draw_legend(axes, trials, best[0] if best else None)
    axes.set(xlabel="epoch", ylabel="validation accuracy (%)")
    axes.set_xlim(0.8, max(int(curves["epoch"].max()) if len(curves) else 1, 2) + 0.4)
    axes.xaxis.set_major_locator(counts_locator())
    return figure


def best_few(trials: pd.DataFrame) -> list[int]:
    """Returns the numbers of the best few complete trials, best first."""
    return [int(number) for number in ranked(trials)["number"].head(N_BEST)]


def quantile_bands(curves: pd.DataFrame) -> pd.DataFrame:
    """Returns quantiles of the validation accuracy at each epoch, over the trials that reached it."""
    levels = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    return curves.groupby("epoch")["val_accuracy"].quantile(levels).unstack().dropna()


def _draw_bands(axes: Axes, curves: pd.DataFrame) -> None:
    bands = quantile_bands(curves)
    if bands.empty:
        return
    for low, high, opacity in BANDS:
        band = axes.fill_between(bands.index, bands[low], bands[high], color=colour("muted"), linewidth=0)
        band.set(
            alpha=opacity,
            gid=note_gid(f"The middle {100 * (high - low):.0f} % of the trials that reached an epoch"),
        )
    median = axes.plot(bands.index, bands[0.5], color=colour("muted"), linewidth=1, linestyle="--")
    median[0].set_gid(note_gid("The median of the trials that reached the epoch"))


def _draw_ends(axes: Axes, curves: pd.DataFrame, trials: pd.DataFrame) -> None:
    """Marks where pruned, diverged and failed trials ended."""
    ends = curves.sort_values("epoch").groupby("number").last().reset_index()
    ended = ends.merge(trials.loc[trials["state"] != "complete", ["number", "state", "value"]], on="number")
    draw_trials(axes, ended.assign(x=ended["epoch"], y=ended["val_accuracy"]), None)


def _draw_best(axes: Axes, curves: pd.DataFrame, best: list[int]) -> None:
    """Draws the best few curves, best first in the boldest line."""
    for rank, number in reversed(list(enumerate(best))):
        curve = curves[curves["number"] == number].sort_values("epoch")
        axes.plot(
            curve["epoch"],
            curve["val_accuracy"],
            color=colour("best" if rank == 0 else "complete"),
            linewidth=2.2 if rank == 0 else 1.1,
            gid=trials_gid([number]),
        )


def generalization(trials: pd.DataFrame, n_train: int, n_val: int) -> Figure:
    """Returns training against validation accuracy at each trial's best epoch; equal on the line."""
    figure, axes = new_tile()
    measured = trials[trials["train_accuracy"].notna() & trials["value"].notna()]
    both = np.concatenate([measured["train_accuracy"], measured["value"]])
    n_images = min(n_train, n_val)
    accuracy_axis(axes, "x", both, n_images)
    accuracy_axis(axes, "y", both, n_images)
    ends = np.array(axes.get_xlim())
    axes.plot(ends, ends, color=colour("muted"), linewidth=1, linestyle=":")
    best = best_trial(trials)
    draw_trials(axes, measured.assign(x=measured["train_accuracy"], y=measured["value"]), best)
    draw_legend(axes, measured, best)
    axes.set(xlabel="training accuracy (%)", ylabel="validation accuracy (%)")
    return figure
