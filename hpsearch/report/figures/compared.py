"""Several studies side by side: how fast each found how good a setting."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hpsearch.report.figures.progress import running_best
from hpsearch.report.style import N_CHOICE_COLOURS, WIDE, accuracy_axis, colour, new_figure, short_labels

N_POINTS = 200
_LONGEST = 40  # letters in a line of a study's name


def found_by(trials: pd.DataFrame, budgets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the best complete value found within each budget of epochs, NaN before the first."""
    spent = trials["epochs"].cumsum().to_numpy()
    best = running_best(trials).to_numpy()
    last = np.searchsorted(spent, budgets, side="right") - 1
    if not len(best):
        return np.full(len(budgets), np.nan)
    return np.where(last >= 0, best[np.maximum(last, 0)], np.nan)


def best_by_budget(studies: Mapping[str, Sequence[pd.DataFrame]], n_val: int) -> Figure:
    """Returns a line a study: the best accuracy so far over the epochs spent.

    Args:
        studies: the trials of each study by its label; of several seeds of one study the line is the
            median and the band reaches from the worst to the best.
        n_val: validation images behind an accuracy.
    """
    figure, axes = new_figure(WIDE)
    longest = max(int(trials["epochs"].sum()) for runs in studies.values() for trials in runs)
    budgets = np.unique(np.linspace(1.0, max(longest, 2), N_POINTS).round())
    tables = {label: curves_of(runs, budgets) for label, runs in studies.items()}
    accuracy_axis(axes, "y", np.concatenate([table.to_numpy().ravel() for table in tables.values()]), n_val)
    for place, (label, table) in enumerate(
        zip(short_labels(list(tables), _LONGEST), tables.values(), strict=True)
    ):
        shade = colour(f"choice-{place % N_CHOICE_COLOURS}")
        if table.shape[1] > 1:
            axes.fill_between(
                table.index,
                table.min(axis=1),
                table.max(axis=1),
                step="post",
                color=shade,
                alpha=0.2,
                linewidth=0,
            )
        middle = table.median(axis=1)
        sns.lineplot(x=table.index, y=middle, ax=axes, color=shade, label=label, drawstyle="steps-post")
    axes.set(xlabel="epochs spent", ylabel="best validation accuracy so far (%)")
    if axes.get_legend() is not None:
        sns.move_legend(axes, "best")
    return figure


def curves_of(runs: Sequence[pd.DataFrame], budgets: NDArray[np.float64]) -> pd.DataFrame:
    """Returns found_by of each run, a column each, up to what the run has spent."""
    columns = {}
    for place, trials in enumerate(runs):
        columns[place] = np.where(budgets <= trials["epochs"].sum(), found_by(trials, budgets), np.nan)
    return pd.DataFrame(columns, index=pd.Index(budgets))


def values_compared(studies: Mapping[str, Sequence[pd.DataFrame]], n_val: int) -> Figure:
    """Returns the accuracies of all complete trials of each study, over boxes of their middle half."""
    figure, axes = new_figure((WIDE[0], max(1.6, 0.55 * len(studies) + 0.9)))
    labels = short_labels(list(studies), _LONGEST)
    rows = [
        (label, value)
        for label, runs in zip(labels, studies.values(), strict=True)
        for trials in runs
        for value in trials.loc[trials["state"] == "complete", "value"]
    ]
    table = pd.DataFrame(rows, columns=["study", "value"])
    accuracy_axis(axes, "x", table["value"], n_val)
    shades = {label: colour(f"choice-{place % N_CHOICE_COLOURS}") for place, label in enumerate(labels)}
    if len(table):
        look = {
            "x": "value",
            "y": "study",
            "hue": "study",
            "order": labels,
            "palette": shades,
            "legend": False,
        }
        sns.boxplot(
            table, ax=axes, **look, showfliers=False, width=0.7, saturation=1, boxprops={"alpha": 0.35}
        )
        spread = (np.arange(len(table)) * 0.618034 % 1 - 0.5) * 0.5
        height = table["study"].map({label: place for place, label in enumerate(labels)}) + spread
        axes.scatter(table["value"], height, c=table["study"].map(shades), s=9, linewidth=0, alpha=0.8)
    axes.set(xlabel="validation accuracy of complete trials (%)", ylabel="")
    return figure
