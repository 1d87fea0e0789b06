"""Choices side by side, and how much each parameter mattered."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend, draw_trials
from hpsearch.report.figures.space import column, parameter_axis, places, ranks
from hpsearch.report.style import accuracy_axis, clean, colour, new_figure, new_tile
from hpsearch.report.trialmarks import note_gid
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter

MIN_BOX = 5
"""Of fewer trials a box would show quartiles that are nearly the trials themselves."""


def choices_compared(
    trials: pd.DataFrame, parameter: Parameter, colours: Sequence[str], n_val: int
) -> Figure:
    """Returns the accuracy of all trials by choice, over boxes of the middle half of enough complete ones.

    Args:
        trials: as StudyFrames has them.
        parameter: one with choices.
        colours: one a choice.
        n_val: number of validation images.
    """
    import seaborn as sns  # a second that the other figures do without

    figure, axes = new_tile()
    complete = trials[(trials["state"] == "complete") & trials[column(parameter)].notna()]
    counts = complete[column(parameter)].value_counts()
    boxed = complete[complete[column(parameter)].map(counts) >= MIN_BOX]
    accuracy_axis(axes, "y", trials["value"], n_val)
    # By place and not by label: a column of numbers has 1.0 for the choice 1, and long labels are cut alike.
    of_choice = ranks(boxed, parameter).astype(int)
    if len(boxed):
        sns.boxplot(
            x=of_choice,
            y=boxed["value"],
            order=range(len(colours)),
            hue=of_choice,
            palette=list(colours),
            hue_order=range(len(colours)),
            legend=False,
            ax=axes,
            width=0.8,
            showfliers=False,
            linewidth=1,
            saturation=1,
            linecolor=colour("muted"),
            boxprops={"alpha": 0.35},
        )
    parameter_axis(axes, "x", parameter)
    draw_trials(axes, trials.assign(x=places(trials, parameter), y=trials["value"]), best_trial(trials))
    draw_legend(axes, trials, best_trial(trials))
    axes.set_ylabel("validation accuracy (%)")
    return figure


_LEAST = 0.01
"""The axis of importances goes on so far at least: bars of a millionth would look like some that matter."""


def importance_bars(importances: pd.DataFrame) -> Figure:
    """Returns what each parameter was worth with its interval, in colour what is beyond chance.

    Args:
        importances: as `hpsearch.results.importance` gives them, in order.
    """
    figure, axes = new_figure((4.7, max(1.2, 0.26 * len(importances) + 0.7)))
    colours = [colour("complete" if matters else "pruned") for matters in importances["matters"]]
    places = range(len(importances))
    bars = axes.barh(places, importances["importance"], color=colours, height=0.65)
    for bar, row in zip(bars, importances.to_dict("records"), strict=True):
        chance = "beyond chance" if row["matters"] else "not beyond chance"
        share, low, high = (f"{100 * row[name]:z.0f} %" for name in ("importance", "low", "high"))
        bar.set_gid(note_gid(f"{clean(row['parameter'])}: {share} (95 % interval {low} to {high}), {chance}"))
    axes.hlines(places, importances["low"], importances["high"], color=colour("ink"), linewidth=1)
    axes.axvline(0, color=colour("muted"), linewidth=0.8)
    left, right = axes.get_xlim()
    axes.set_xlim(min(left, -_LEAST), max(right, _LEAST))
    axes.set_yticks(places, importances["parameter"].map(clean))
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda tick, _: f"{100 * tick:.4g}")
    axes.set(xlabel="variance that it alone predicts (%)", ylabel="")
    axes.grid(visible=False, axis="y")
    return figure
