"""What the layers of the nets did in training: from layer to layer, and from epoch to epoch."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpsearch.report.logaxis import log_axis
from hpsearch.report.style import choice_colours, clean, colour, counts_locator, new_figure
from hpsearch.report.trialmarks import note_gid, trials_gid

FLOOR, CEILING = 1e-12, 1e12
"""Where a logarithmic axis ends; what is beyond, 0 for one, is drawn there."""
MAX_LINES = 60
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.26))
"""Lower and upper quantile of a band, and its opacity."""
QUANTITIES = {
    "update": "update / weight",
    "gradient": "norm of the gradient",
    "spread": "spread between images",
    "dead": "dead ReLUs",
    "saturated": "saturated activations",
}
SHARES = ("dead", "saturated")


def by_layer(
    looks: pd.DataFrame, quantity: str, ill: Collection[int], trouble: tuple[float, float]
) -> Figure:
    """Returns a quantity from layer to layer: a line an ill trial over the bands of the others.

    Args:
        looks: columns number, layer and the quantity; one look a trial.
        quantity: a name in QUANTITIES.
        ill: numbers of the ill trials.
        trouble: (lowest, highest) outside which a layer is ill; ends that an axis cannot hold are not drawn.
    """
    figure, axes = new_figure()
    shown = looks[looks[quantity].notna()]
    is_ill = shown["number"].isin(ill)
    _draw_bands(axes, shown[~is_ill], "layer", quantity)
    for number in shown.loc[is_ill, "number"].unique()[:MAX_LINES].tolist():
        layers = shown[shown["number"] == number]
        look: Any = {"color": colour("diverged"), "linewidth": 0.9, "alpha": 0.75}
        look["gid"] = trials_gid([number])
        _draw_line(axes, layers["layer"], _held(layers[quantity], quantity), look)
    for limit in trouble:
        if FLOOR < limit < CEILING:
            line = axes.axhline(limit, color=colour("muted"), linewidth=1, linestyle=":")
            line.set_gid(note_gid(f"Trouble begins at {limit:g}"))
    _scale(axes, quantity)
    axes.xaxis.set_major_locator(counts_locator())
    axes.set(xlabel="layer", ylabel=QUANTITIES[quantity])
    return figure


def update_ratios(ratios: pd.DataFrame, best: Collection[int], limits: tuple[float, float]) -> Figure:
    """Returns the ratio of update to weight by epoch: the best trials over the bands of all.

    Args:
        ratios: columns number, epoch, update; one row a look.
        best: numbers of the best trials, the best first.
        limits: the ratios below and above which steps are too small and too large.
    """
    figure, axes = new_figure()
    _draw_bands(axes, ratios, "epoch", "update")
    for rank, number in reversed(list(enumerate(best))):
        curve = ratios[ratios["number"] == number]
        shade, width = ("complete", 1.1) if rank else ("best", 2.2)
        look: Any = {"color": colour(shade), "linewidth": width, "gid": trials_gid([number])}
        _draw_line(axes, curve["epoch"], _held(curve["update"], "update"), look)
    for limit, words in zip(limits, ("small", "large"), strict=True):
        line = axes.axhline(limit, color=colour("muted"), linewidth=1, linestyle=":")
        line.set_gid(note_gid(f"Beyond {limit:g} steps are too {words}"))
    _scale(axes, "update")
    axes.xaxis.set_major_locator(counts_locator())
    axes.set(xlabel="epoch", ylabel="update / weight")
    return figure


def layer_by_layer(looks: pd.DataFrame, labels: dict[int, str]) -> Figure:
    """Returns the deviation of activations above that of weights, from layer to layer, of a few trials.

    Args:
        looks: columns number, is_last, layer, deviation, weight_deviation; each trial's first look, which is
            drawn dotted, and its last.
        labels: what the trials are called, by number.
    """
    figure = Figure(figsize=(4.7, 5.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    colours = dict(zip(labels, choice_colours(len(labels)), strict=True))
    for key, layers in looks.groupby(["number", "is_last"]):
        number, is_last = int(str(key[0])), bool(key[1])
        look: Any = {
            "color": colours[number],
            "linestyle": "-" if is_last else ":",
            "marker": "o",
            "markersize": 3,
        }
        for axes, quantity in ((above, "deviation"), (below, "weight_deviation")):
            name = clean(labels[number]) if is_last and axes is above else None
            axes.plot(layers["layer"], _held(layers[quantity], quantity), label=name, **look)
    for axes, what in ((above, "activations"), (below, "weights")):
        _scale(axes, "deviation")
        axes.set(ylabel=f"deviation of {what}")
    below.xaxis.set_major_locator(counts_locator())
    below.set(xlabel="layer")
    figure.legend(loc="outside upper left", ncols=2)
    return figure


def _draw_line(axes: Axes, along: pd.Series, values: pd.Series, look: Any) -> None:
    """Draws a trial's line; one of a single point, which nobody would see, as a dot."""
    marker = "o" if len(along) == 1 else None
    axes.plot(along, values, marker=marker, markersize=4, **look)


def _draw_bands(axes: Axes, rows: pd.DataFrame, by: str, quantity: str) -> None:
    """Draws where the middle half and nine tenths of the trials lie."""
    known = rows[rows[quantity].notna()]
    if known.empty:
        return
    places = known.assign(place=_held(known[quantity], quantity)).groupby(by)["place"]
    for low, high, opacity in BANDS:
        ends = places.quantile(np.array([low, high])).unstack()
        band = axes.fill_between(ends.index, ends[low], ends[high], color=colour("complete"), linewidth=0)
        band.set(alpha=opacity, gid=note_gid(f"The middle {100 * (high - low):.0f} % of these trials"))
    middle = places.median()
    axes.plot(
        middle.index, middle, color=colour("complete"), linewidth=1, linestyle="--", marker="o", markersize=3
    )


def _held(values: pd.Series, quantity: str) -> pd.Series:
    """Returns values that the axis can hold."""
    return values if quantity in SHARES else values.clip(FLOOR, CEILING)


def _scale(axes: Axes, quantity: str) -> None:
    if quantity in SHARES:
        axes.yaxis.set_major_formatter(lambda tick, _: f"{100 * tick:.0f} %")
        axes.set_ylim(-0.03, 1.03)
    else:
        axes.set_yscale("log")
        log_axis(axes, "y", *axes.get_ylim())
