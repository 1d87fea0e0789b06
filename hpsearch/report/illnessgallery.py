"""The exhibits of what the layers of the nets did: each illness of the search, and how the best nets were.

layer_exhibits(frames)
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures import layers as figures
from hpsearch.report.figures.curves import best_few
from hpsearch.report.style import N_CHOICE_COLOURS
from hpsearch.results.illness import LARGE_UPDATE, SMALL_UPDATE
from hpsearch.results.illnesses import Ailment
from hpsearch.words import counted, visible

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

TITLES = {
    "frozen": "Frozen layers",
    "exploding": "Exploding activations",
    "too-fast": "Steps too large",
    "weak-gradients": "Vanishing gradients",
    "vanishing": "Vanishing activations",
    "dead": "Dead ReLUs",
    "saturated": "Saturated layers",
    "too-slow": "Steps too small",
}
IN_WORDS = {
    "update": "the norm of a step, divided by that of the weights",
    "gradient": "the norm of the gradient of a layer's weights",
    "spread": "how far a layer's activations differ from image to image",
    "dead": "the share of a layer's ReLUs that are 0 for all images of a minibatch",
    "saturated": "the share of a layer's activations where its slope is below a tenth of the largest",
}


def layer_exhibits(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields an exhibit an illness, and how steps, activations and weights of the nets were."""
    if frames.layers.empty:
        return
    yield from (_ill(frames, ailment) for ailment in frames.ailments)
    yield _steps(frames)
    yield _layer_by_layer(frames)


def _ill(frames: "StudyFrames", ailment: Ailment) -> Exhibit:
    illness, n = ailment.illness, counted(len(ailment.numbers), "trial")
    looks = _one_look(frames.layers, first=illness.first_look)
    when = "in the first step" if illness.first_look else "at the end"
    well = " Blue is where the others lie." if len(ailment.numbers) < ailment.n_told else ""
    shown = looks[["number", "layer", illness.quantity]].assign(ill=looks["number"].isin(ailment.numbers))
    return Exhibit(
        f"illness-{ailment.name}",
        TITLES[ailment.name],
        f"From layer to layer, {when}: {IN_WORDS[illness.quantity]}. Each line is one of {n} that did not"
        f" learn and show it.{well}{_ends(shown[illness.quantity])}",
        f"{TITLES[ailment.name]}: {n} of {ailment.n_told}.",
        partial(figures.by_layer, shown, illness.quantity, ailment.numbers, illness.trouble),
        _medians(shown, illness.quantity),
    )


def _ends(values: pd.Series) -> str:
    """Returns what a figure does with values that its axis does not hold, if there are any."""
    beyond = (values < figures.FLOOR) | (values > figures.CEILING)
    limits = f"{figures.FLOOR:g} or above {figures.CEILING:g}"
    return f" Values below {limits} are drawn at these ends." if beyond.any() else ""


def _medians(shown: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Returns the middle one of the ill and of the other trials, layer by layer."""
    medians = shown.dropna().groupby(["layer", "ill"])[quantity].median().unstack()
    return medians.rename(
        columns={True: "half of the ill below", False: "half of the others below"}
    ).reset_index()


def _steps(frames: "StudyFrames") -> Exhibit:
    ratios = frames.layers.groupby(["number", "epoch"])[["update"]].median().reset_index()
    quantiles = ratios.groupby("epoch")["update"].quantile(np.array([0.05, 0.25, 0.5, 0.75, 0.95])).unstack()
    return Exhibit(
        "update-ratios",
        "Ratio of update to weight",
        "The norm of a step, divided by that of the weights: the middle layer of each net, in the last step"
        " of each epoch (epoch 0: in the first step of all). The best trials in colour over the bands of all;"
        f" about 0.001 is usual.{_ends(ratios['update'])}",
        f"Ratio of update to weight by epoch; in half of the nets at most {quantiles[0.5].iloc[-1]:.1g} in"
        " the last one.",
        partial(figures.update_ratios, ratios, best_few(frames.trials), (SMALL_UPDATE, LARGE_UPDATE)),
        quantiles.rename(columns=lambda level: f"{100 * level:.0f} % quantile").reset_index(),
    )


def _layer_by_layer(frames: "StudyFrames") -> Exhibit:
    told = frames.trials[frames.trials["number"].isin(frames.layers["number"])]
    few = len(told) <= N_CHOICE_COLOURS
    numbers = (
        told["number"].tolist() if few else best_few(told) or told["number"].head(N_CHOICE_COLOURS).tolist()
    )
    of_them = frames.layers[frames.layers["number"].isin(numbers)]
    looks = pd.concat(
        [_one_look(of_them, first=first).assign(is_last=not first) for first in (True, False)],
        ignore_index=True,
    )
    which = "all trials" if few else f"{counted(len(numbers), 'trial')}, the best first"
    return Exhibit(
        "layers",
        "Activations and weights, layer by layer",
        f"Of {which}: how far activations and weights deviate from their mean, in the first step (dotted) and"
        f" at the end.{_ends(looks['deviation'])}",
        f"Deviations of activations and weights by layer, of {which}.",
        partial(figures.layer_by_layer, looks, _labels(frames, numbers)),
        _statistics(looks, numbers),
        data_note="Means and deviations are in the data.",
    )


def _labels(frames: "StudyFrames", numbers: list[int]) -> dict[int, str]:
    """Returns what trials are called: by the value of the only parameter, else by their numbers."""
    if len(frames.parameters) == 1:
        [parameter] = frames.parameters
        values = frames.trials.set_index("number")[f"params.{parameter.name}"]
        named = {
            number: f"{values[number]:g}" if parameter.kind != "choice" else visible(values[number])
            for number in numbers
        }
        if len(set(named.values())) == len(numbers):
            return {number: f"{parameter.name} {value}" for number, value in named.items()}
    return {number: f"trial {number}" for number in numbers}


def _statistics(looks: pd.DataFrame, numbers: list[int]) -> pd.DataFrame:
    """Returns means and deviations of weights and activations: a row a trial, look and layer."""
    ranked = looks.assign(rank=looks["number"].map(numbers.index)).sort_values(["rank", "is_last", "layer"])
    columns = {
        "number": "trial",
        "epoch": "epoch",
        "layer": "layer",
        "weight_mean": "weights: mean",
        "weight_deviation": "deviation",
        "mean": "activations: mean",
        "deviation": "deviation ",
        "dead": "dead",
        "saturated": "saturated",
    }
    return ranked[list(columns)].rename(columns=columns).dropna(axis="columns", how="all")


def _one_look(layers: pd.DataFrame, *, first: bool) -> pd.DataFrame:
    """Returns the first or the last look of each trial."""
    epochs = layers.groupby("number")["epoch"].transform("min" if first else "max")
    return layers[layers["epoch"] == epochs]
