"""Choices side by side, and how much each parameter mattered."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend, draw_trials
from hpsearch.report.figures.space import column, parameter_axis, places
from hpsearch.report.style import accuracy_axis, clean, colour, new_figure, new_tile
from hpsearch.space import Parameter


def choices_compared(
    trials: pd.DataFrame, parameter: Parameter, colours: dict[str, str], n_val: int
) -> Figure:
    """Returns the accuracy of all trials by choice, over boxes of the middle half of the complete ones."""
    figure, axes = new_tile()
    complete = trials[(trials["state"] == "complete") & trials[column(parameter)].notna()]
    accuracy_axis(axes, "y", trials["value"], n_val)
    labels = [clean(choice) for choice in parameter.choices]
    of_choice = complete[column(parameter)].map(lambda choice: clean(choice))
    if len(complete):
        sns.boxplot(
            x=of_choice,
            y=complete["value"],
            order=labels,
            hue=of_choice,
            palette=colours,
            hue_order=labels,
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
    draw_trials(axes, trials.assign(x=places(trials, parameter), y=trials["value"]))
    draw_legend(axes, trials)
    axes.set_ylabel("validation accuracy (%)")
    return figure


def importance_bars(importances: pd.DataFrame) -> Figure:
    """Returns bars of how much each parameter mattered, the largest on top.

    Args:
        importances: columns parameter and importance (shares that add up to 1), in order.
    """
    figure, axes = new_figure((4.7, max(1.2, 0.26 * len(importances) + 0.7)))
    labels = importances["parameter"].map(clean)
    sns.barplot(
        x=importances["importance"], y=labels, ax=axes, color=colour("complete"), width=0.65, saturation=1
    )
    for place, share in enumerate(importances["importance"]):
        axes.text(share, place, f" {100 * share:.0f} %", va="center", fontsize=8.5)
    axes.set(xlabel="share of the importance", ylabel="", xlim=(0, 1.12 * max(importances["importance"])))
    axes.grid(False)
    axes.set_xticks([])
    return figure


def by_choice(trials: pd.DataFrame, parameter: Parameter) -> pd.DataFrame:
    """Returns one row a choice: trials, complete ones, and their best and median accuracy."""
    chosen = trials[column(parameter)]
    rows = []
    for choice in parameter.choices:
        mine = trials[chosen == choice]
        complete = mine.loc[mine["state"] == "complete", "value"]
        rows.append((clean(choice), len(mine), len(complete), complete.max(), complete.median()))
    return pd.DataFrame(rows, columns=["choice", "trials", "complete", "best", "median"])
