"""What the search cost: epochs saved by pruning, and how busy the workers were."""

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend
from hpsearch.report.style import STATES, WIDE, clean, colour, counts_locator, new_figure, new_tile
from hpsearch.report.trialmarks import trials_gid


def trials_by_epoch(trials: pd.DataFrame) -> pd.DataFrame:
    """Returns how many trials of each state trained in each epoch, up to the longest: epoch and states."""
    epochs = np.arange(1, max(1, trials["epochs"].max()) + 1)
    counts = {
        state: [(trials.loc[trials["state"] == state, "epochs"] >= epoch).sum() for epoch in epochs]
        for state in STATES
        if (trials["state"] == state).any()
    }
    return pd.DataFrame({"epoch": epochs, **counts})


def epochs_spent(trials: pd.DataFrame, n_epochs: int) -> Figure:
    """Returns how many trials trained in each epoch, by how they ended."""
    figure, axes = new_tile()
    counts = trials_by_epoch(trials)
    edges = np.arange(len(counts) + 1) + 0.5
    bottom = np.zeros(len(counts))
    for state in counts.columns[1:]:
        top = bottom + counts[state]
        axes.stairs(top, edges, baseline=bottom, fill=True, color=colour(state))
        bottom = top
    axes.axhline(len(trials), color=colour("muted"), linewidth=1, linestyle=":")
    axes.set(
        xlabel="epoch", ylabel="trials that trained", xlim=(0.5, n_epochs + 0.5), ylim=(0, 1.04 * len(trials))
    )
    axes.xaxis.set_major_locator(counts_locator())
    axes.yaxis.set_major_locator(counts_locator())
    axes.grid(axis="x", visible=False)
    draw_legend(axes, trials)
    return figure


_NARROWEST = 0.001
"""Of the whole time: a bar of less could not be seen, as after a night between two runs."""


def workers_over_time(trials: pd.DataFrame, size: tuple[float, float] = WIDE) -> Figure:
    """Returns a row a worker with a bar for each of its trials, from start to end.

    Args:
        size: width and greatest height in inches.
    """
    timed = trials.dropna(subset=["started", "finished"]).sort_values("started")
    workers = sorted(timed["worker"].unique())
    figure, axes = new_figure((size[0], min(size[1], max(1.3, 0.28 * len(workers) + 0.9))))
    begin = timed["started"].min()
    left = (timed["started"] - begin).dt.total_seconds()
    right = (timed["finished"] - begin).dt.total_seconds()
    drawn = np.maximum(right, left + right.max() * _NARROWEST)
    rows = timed["worker"].map({worker: place for place, worker in enumerate(workers)})
    corners = [
        ((a, y - 0.38), (a, y + 0.38), (b, y + 0.38), (b, y - 0.38))
        for a, b, y in zip(left, drawn, rows, strict=True)
    ]
    bars = PolyCollection(corners, facecolors=[colour(state) for state in timed["state"]], linewidths=0)
    bars.set_gid(trials_gid(timed["number"]))
    axes.add_collection(bars)
    axes.set(
        xlabel="seconds since the first trial began",
        xlim=(0, right.max() * 1.01 or 1),  # a trial that failed at once takes no time
        ylim=(len(workers) - 0.4, -0.6),
    )
    axes.set_yticks(range(len(workers)), [clean(worker, 22) for worker in workers])
    axes.grid(axis="y", visible=False)
    draw_legend(axes, timed)
    return figure
