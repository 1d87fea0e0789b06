"""How the search went: the best accuracy so far, over trials and over epochs, and what share got how far."""

import pandas as pd
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend, draw_trials
from hpsearch.report.style import accuracy_axis, colour, counts_locator, new_tile
from hpsearch.report.trialmarks import note_gid
from hpsearch.results.stats import best_trial, wilson_interval


def best_so_far(trials: pd.DataFrame, n_val: int) -> Figure:
    """Returns every trial's accuracy and the best complete one so far, with its 95 % interval."""
    return _progress(trials, trials["number"] + 1, "trials", n_val)


def best_over_epochs(trials: pd.DataFrame, n_val: int) -> Figure:
    """Returns the same over the epochs that all trials up to this one have spent."""
    return _progress(trials, trials["epochs"].cumsum(), "epochs spent", n_val)


def _progress(trials: pd.DataFrame, x: pd.Series, label: str, n_val: int) -> Figure:
    figure, axes = new_tile()
    accuracy_axis(axes, "y", trials["value"], n_val)
    longest = max(int(x.max()), 1)
    axes.set_xlim(-0.02 * longest, 1.02 * longest)
    steps = running_best(trials).dropna()
    steps = steps[steps.ne(steps.shift()) | (steps.index == trials.index[-1])]  # where it rises, and the end
    if len(steps):
        at = x[steps.index]
        low, high = zip(*(wilson_interval(value, n_val) for value in steps), strict=True)
        band = axes.fill_between(at, low, high, step="post", color=colour("best"), alpha=0.22, linewidth=0)
        band.set_gid(note_gid("95 % interval of the best so far, if nobody had chosen it"))
        axes.plot(at, steps, color=colour("best"), drawstyle="steps-post")
    best = best_trial(trials)
    draw_trials(axes, trials.assign(x=x, y=trials["value"]), best)
    draw_legend(axes, trials, best)
    axes.set(xlabel=label, ylabel="validation accuracy (%)")
    axes.xaxis.set_major_locator(counts_locator())
    return figure


def shares_above(trials: pd.DataFrame, n_val: int) -> Figure:
    """Returns the share of all trials that reached at least an accuracy, over that accuracy."""
    import seaborn as sns  # a second that the other figures do without

    figure, axes = new_tile()
    reached = trials["value"].fillna(0.0)
    accuracy_axis(axes, "x", reached, n_val)
    sns.ecdfplot(x=reached, ax=axes, complementary=True, stat="percent", color=colour("complete"))
    axes.set(xlabel="validation accuracy (%)", ylabel="trials that reached it (%)", ylim=(0, 102))
    return figure


def tuning_curve(curve: pd.DataFrame, n_val: int) -> Figure:
    """Returns what half of all searches of n trials reach, over n, with its band.

    Args:
        curve: the columns n, estimate, low and high.
        n_val: validation images behind an accuracy.
    """
    figure, axes = new_tile()
    accuracy_axis(axes, "y", curve[["estimate", "low"]].to_numpy().ravel(), n_val)
    shade = colour("complete")
    band = axes.fill_between(curve["n"], curve["low"], curve["high"], color=shade, alpha=0.2, linewidth=0)
    band.set_gid(note_gid("Holds the whole curve in at least 95 % of such searches"))
    axes.plot(curve["n"], curve["estimate"], color=shade)
    axes.set(xlabel="trials of a search", ylabel="best validation accuracy (%)")
    axes.xaxis.set_major_locator(counts_locator())
    return figure


def running_best(trials: pd.DataFrame) -> pd.Series:
    """Returns the best value of a complete trial up to each row, NaN before the first."""
    return trials["value"].where(trials["state"] == "complete").cummax().ffill()
