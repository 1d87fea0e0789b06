"""The accuracy of all trials against one parameter, with the trend of those that lie near each other.

trend(trials, parameter)                    median and middle half along the range, as a table
slice_of(trials, parameter, n_val, line)    the trials with that line
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpsearch.report.figures.marks import draw_legend, draw_trials
from hpsearch.report.figures.space import column, held_ends, parameter_axis, places
from hpsearch.report.style import accuracy_axis, clean, colour, new_tile
from hpsearch.report.trialmarks import note_gid
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter

REACH = 0.1
"""Trials within this share of the range, on either side, speak for a place."""
ENOUGH = 8
"""Where fewer trials lie there is no line."""
N_PLACES = 25
QUANTILES = {"lower quarter": 0.25, "median": 0.5, "upper quarter": 0.75}
NOTE = (
    "Lines over a range are the median, bands the middle half of the trials within"
    f" {100 * REACH:.0f} % of the range on either side, where there are at least {ENOUGH} of them. Pruned"
    " trials count with what they had reached, diverged ones with nothing."
)


def trend(trials: pd.DataFrame, parameter: Parameter) -> pd.DataFrame:
    """Returns the trend along a range of numbers, a row a place; empty where too few trials make a line.

    Columns: value (of the parameter), trials (how many speak for it), and the names of `QUANTILES`, NaN
    where too few do.
    """
    told = trials[(trials["state"] != "failed") & trials[column(parameter)].notna()]
    where = parameter.place(told[column(parameter)])
    reached = told["value"].where(told["state"] != "diverged", 0.0).fillna(0.0).to_numpy()
    rows = []
    values = _grid(parameter)
    for value, place in zip(values, parameter.place(values), strict=True):
        near = reached[np.abs(where - place) <= REACH + 1e-9]
        enough = len(near) >= ENOUGH
        quantiles = np.quantile(near, list(QUANTILES.values()), method="lower") if enough else [np.nan] * 3
        rows.append((value, len(near), *quantiles))
    line = pd.DataFrame(rows, columns=["value", "trials", *QUANTILES])
    known = line["median"].notna()
    return line if (known & known.shift(fill_value=False)).any() else line.head(0)


def _grid(parameter: Parameter) -> Sequence[float]:
    """Returns the values of a range where its trend is looked at: all of them if they are few."""
    low, high = held_ends(parameter)
    step = parameter.step or (1 if parameter.kind == "int" else None)
    if step is not None and (high - low) / step < N_PLACES:
        return [float(value) for value in low + step * np.arange(round((high - low) / step) + 1)]
    return [float(value) for value in (np.geomspace if parameter.log else np.linspace)(low, high, N_PLACES)]


def slice_of(trials: pd.DataFrame, parameter: Parameter, n_val: int, line: pd.DataFrame) -> Figure:
    """Returns the accuracy of all trials against one parameter; trials without it are left out.

    Args:
        line: their trend, as `trend` gives it.
    """
    figure, axes = new_tile()
    present = trials[trials[column(parameter)].notna()]
    accuracy_axis(axes, "y", trials["value"], n_val)
    parameter_axis(axes, "x", parameter)
    draw_trend(axes, line)
    best = best_trial(trials)
    draw_trials(axes, present.assign(x=places(present, parameter), y=present["value"]), best)
    draw_legend(axes, present, best)
    axes.set(xlabel=clean(parameter.name), ylabel="validation accuracy (%)")
    return figure


def draw_trend(axes: Axes, line: pd.DataFrame) -> None:
    """Draws the line that `trend` gives with its band; nothing where that is empty."""
    if line.empty:
        return
    low, median, high = (line[name] for name in QUANTILES)
    band = axes.fill_between(line["value"], low, high, color=colour("muted"), alpha=0.2, linewidth=0)
    band.set_gid(note_gid("The middle half of the trials near here"))
    axes.plot(
        line["value"],
        median,
        color=colour("muted"),
        linewidth=1.4,
        gid=note_gid("The median of the trials near here"),
    )
