"""What ails a trial whose net did not learn, from what its layers did: the illnesses that the course teaches.

diagnosed(layers, trials, curves, ...)    a row an ill trial: number, illness, layer
chance_level(chance, n_images)            up to here an accuracy may be that of a net that learned nothing

A net that learned as it should is never ill, whatever its layers look like. Each illness has one row in
`ILLNESSES`, the most telling first; a trial has the first whose symptom it shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nets.inspect.watch import LAYER

LARGE_LOSS = 50.0
"""No net that learns has more: one that knows nothing has log(classes), or classes - 1 with hinge."""
LARGE_SPREAD = 50.0
SMALL_SPREAD = 5e-3
"""Activations that differ less from image to image than this have nothing left to tell by."""
WEAK_GRADIENT = 0.1
"""Part of the last layer's gradient, in norm, below which a layer's gradient has vanished."""
MOST = 0.8
"""So many of a layer's units make it a dead layer."""
HALF = 0.5
LARGE_UPDATE, USUAL_UPDATE, SMALL_UPDATE = 0.1, 1e-3, 1e-5
"""Ratios of update to weight. Source: the notes of CS231n on babysitting."""
STRONG_GRADIENT = 0.3
"""Norm of a layer's gradient over the root mean square of its weights from which a usual learning rate moves
them. With ReLUs all layers of a net have about the same; tests/benchmarks/README.md has what was measured."""


@dataclass(frozen=True)
class Looks:
    """What the layers of one trial did, its looks in their order; NaN where there is nothing.

    Attributes:
        seen: the quantities of `nets.inspect.watch.LAYER` by name, (looks, layers) each.
        loss: of its epochs.
        diverged: whether it ended so.
        stuck: whether it never got beyond chance, on training images neither.
        learning_rate: its learning rate; NaN where neither study file nor trial names one.
    """

    seen: Mapping[str, NDArray[np.float64]]
    loss: NDArray[np.float64]
    diverged: bool
    stuck: bool
    learning_rate: float

    def hidden(self, name: str, look: int) -> NDArray[np.float64]:
        """Returns a quantity of the hidden layers in one look."""
        return self.seen[name][look, :-1]

    @property
    def largest_update(self) -> float:
        """The largest ratio of update to weight in any layer and look."""
        return float(np.nanmax(self.seen["update"], initial=0.0))

    @property
    def is_held_back(self) -> bool:
        """Whether its steps are smaller than usual only since its learning rate is.

        A usual one would move the weights if gradients are strong, or if the rule makes up for weak ones, as
        Adam does, so that weights move by a larger part of themselves than the learning rate. What a penalty
        moves them by is a smaller part.
        """
        if self.largest_update >= USUAL_UPDATE:
            return False
        weight = np.hypot(self.seen["weight_mean"][0], self.seen["weight_deviation"][0])
        is_strong = self.seen["gradient"][0] > STRONG_GRADIENT * weight
        return bool((is_strong | (self.seen["update"][0] > self.learning_rate)).any())


def _frozen(looks: Looks) -> int | None:
    """Finds the first layer that never moved, in a net where nothing came through to it or from it."""
    still = (looks.seen["update"] == 0).all(axis=0) & (looks.seen["gradient"] == 0).all(axis=0)
    return _first(still)


def _exploding(looks: Looks) -> int | None:
    spread = looks.hidden("spread", 0)
    return _first(spread >= LARGE_SPREAD) if len(spread) and spread[-1] >= LARGE_SPREAD else None


def too_fast(looks: Looks) -> int | None:
    """Finds the layer with the largest steps, where these burst the loss or kill ReLUs."""
    burst = looks.diverged or np.nanmax(looks.loss, initial=0.0) > LARGE_LOSS
    if not (burst or _dead(looks)) or looks.largest_update < LARGE_UPDATE:
        return None
    return int(np.nanargmax(np.nanmax(looks.seen["update"], axis=0))) + 1


def _weak_gradients(looks: Looks) -> int | None:
    """Looks at nets of sigmoid or tanh alone, whose slopes shrink a gradient from layer to layer."""
    if not looks.stuck or np.isnan(looks.seen["saturated"]).all():
        return None
    gradient = np.median(looks.seen["gradient"], axis=0)
    return 1 if len(gradient) > 1 and gradient[0] < WEAK_GRADIENT * gradient[-1] else None


def _vanishing(looks: Looks) -> int | None:
    """Looks at nets that larger weights would help; one with too small a learning rate stays where it is."""
    if not looks.stuck or looks.is_held_back:
        return None
    return _first(looks.hidden("spread", 0) < SMALL_SPREAD)


def _dead(looks: Looks) -> int | None:
    died = (looks.hidden("dead", -1) >= MOST) & (looks.hidden("dead", 0) < HALF)
    return _first(died)


def _saturated(looks: Looks) -> int | None:
    return _first(looks.hidden("saturated", -1) >= HALF)


def _too_slow(looks: Looks) -> int | None:
    is_slow = looks.is_held_back or looks.largest_update < SMALL_UPDATE
    return 1 if looks.stuck and is_slow else None


def _first(where: NDArray[np.bool_]) -> int | None:
    """Returns the number of the first layer of which something is true, None if of none."""
    return int(np.argmax(where)) + 1 if where.any() else None


@dataclass(frozen=True)
class Illness:
    """One illness.

    Attributes:
        find: says in which layer a net that did not learn shows it, None if in none.
        quantity: what of a layer shows it best.
        first_look: whether that is to be seen in the first look rather than in the last.
        words: what happens, with {layer} for the layer that shows it.
        remedy: what helps.
        trouble: (lowest, highest) of the quantity outside which a figure says that it is ill.
        by: which parameters it may be cured with, and whether a smaller (-1) or a larger value (1) does that.
    """

    find: Callable[[Looks], int | None]
    quantity: str
    first_look: bool
    words: str
    remedy: str
    trouble: tuple[float, float]
    by: Mapping[str, int]


ILLNESSES: dict[str, Illness] = {
    "frozen": Illness(
        _frozen,
        "update",
        False,
        "the weights of {layer} never move, since no gradient reaches them",
        "begin with other weights than 0 (weight_init he, or a larger weight_scale)",
        (1e-12, inf),
        {"weight_scale": 1},
    ),
    "exploding": Illness(
        _exploding,
        "spread",
        True,
        "activations explode from {layer} on, before a step is done",
        "begin with smaller weights (a smaller weight_scale, or weight_init he) or normalize",
        (0.0, LARGE_SPREAD),
        {"weight_scale": -1},
    ),
    "too-fast": Illness(
        too_fast,
        "update",
        True,
        "steps are too large for the weights",
        "lower the learning rate",
        (0.0, LARGE_UPDATE),
        {"learning_rate": -1},
    ),
    "weak-gradients": Illness(
        _weak_gradients,
        "gradient",
        False,
        "gradients vanish on their way back to {layer}",
        "take relu instead of sigmoid or tanh, or normalize, or begin with weight_init xavier",
        (0.0, inf),
        {},
    ),
    "vanishing": Illness(
        _vanishing,
        "spread",
        True,
        "activations vanish at {layer}",
        "begin with larger weights (a larger weight_scale, or weight_init he) or normalize",
        (SMALL_SPREAD, inf),
        {"weight_scale": 1},
    ),
    "dead": Illness(
        _dead,
        "dead",
        False,
        "at the end most ReLUs of {layer} are dead, 0 for all images of a minibatch",
        "lower the learning rate, or take leaky_relu",
        (0.0, MOST),
        {"learning_rate": -1},
    ),
    "saturated": Illness(
        _saturated,
        "saturated",
        False,
        "{layer} is saturated, where sigmoid and tanh are flat",
        "begin with smaller weights, lower the learning rate, normalize, or take relu",
        (0.0, HALF),
        {"weight_scale": -1},
    ),
    "too-slow": Illness(
        _too_slow,
        "update",
        False,
        "steps are too small for the weights, in all layers",
        "raise the learning rate",
        (USUAL_UPDATE, inf),
        {"learning_rate": 1},
    ),
}


def diagnosed(
    layers: pd.DataFrame, trials: pd.DataFrame, curves: pd.DataFrame, n_train: int, n_val: int
) -> pd.DataFrame:
    """Returns a row a trial whose net did not learn and shows why: number, illness, layer.

    Args:
        layers: as `read_layers` gives them.
        trials, curves: as in StudyFrames; trials have one more column, `learning_rate`, NaN where not known.
        n_train: images behind a training accuracy.
        n_val: images behind a validation accuracy.
    """
    known = trials[trials["number"].isin(layers["number"]) & (trials["state"] != "failed")]
    best = float(known["value"].max()) if known["value"].notna().any() else 0.0
    looks_of, curve_of = dict(iter(layers.groupby("number"))), dict(iter(curves.groupby("number")))
    rows = []
    columns = (known[name] for name in ("number", "state", "value", "learning_rate"))
    for number, state, value, rate in zip(*columns, strict=True):
        seen, curve = looks_of[number], curve_of.get(number, curves.head(0))
        chance = float(seen["chance"].iloc[0])
        has_learned = value >= chance + HALF * (best - chance) and value > chance_level(chance, n_val)
        if state == "diverged" or not has_learned:
            top = float(np.nanmax(curve["train_accuracy"].to_numpy(), initial=0.0))
            stuck = not (value > chance_level(chance, n_val) or top > chance_level(chance, n_train))
            looks = _looks(seen, curve, diverged=state == "diverged", stuck=stuck, learning_rate=rate)
            rows += [(number, name, layer) for name, layer in _found(looks)]
    return pd.DataFrame(rows, columns=["number", "illness", "layer"])


def chance_level(chance: float, n_images: int) -> float:
    """Returns up to which accuracy a net may have learned nothing.

    A net that was never trained gives whole groups of images one class, and so differs from chance by more
    than the four standard deviations of nets that throw dice.
    """
    dice = 4 * (chance * (1 - chance) / max(n_images, 1)) ** 0.5
    return chance + float(max(min(chance / 2, (1 - chance) / 10), dice))


def _looks(
    seen: pd.DataFrame, curve: pd.DataFrame, *, diverged: bool, stuck: bool, learning_rate: float
) -> Looks:
    n_layers = int(seen["layer"].max())
    table = {name: seen[name].to_numpy().reshape(-1, n_layers) for name in LAYER.names or ()}
    return Looks(table, curve["loss"].to_numpy(), diverged, stuck, learning_rate)


def _found(looks: Looks) -> list[tuple[str, int]]:
    """Returns the first illness that the trial shows, with the layer; nothing if none."""
    for name, illness in ILLNESSES.items():
        layer = illness.find(looks)
        if layer is not None:
            return [(name, layer)]
    return []
