"""What each layer of a net does in single steps of its training: sizes of updates, gradients and activations.

    watch = LayerWatch(net)
    with watch.step(epoch):     # around one step of training, whose bits stay what they are
        ...
    watch.table()               # what was seen, a row a step and a field a layer

Looking takes no random numbers and changes nothing; it costs a few passes over weights and activations, so
that one look an epoch is cheap.
"""

import math
from itertools import pairwise
from string import ascii_lowercase
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nets.arrays import FlatArrays, Floats

LAYER = np.dtype(
    [
        ("weight_mean", "<f4"),
        ("weight_deviation", "<f4"),
        ("update", "<f4"),
        ("gradient", "<f4"),
        ("mean", "<f4"),
        ("deviation", "<f4"),
        ("spread", "<f4"),
        ("dead", "<f4"),
        ("saturated", "<f4"),
    ]
)
"""What is seen of a layer in one step; NaN where it has no activation, or not such a one.

weight_mean, weight_deviation: of its weights before the step.
update: norm of the step's change of its weights, divided by their norm before.
gradient: norm of the gradient of its weights, without that of the penalty.
mean, deviation: of its activations on the minibatch, over images and units.
spread: how far activations differ from image to image: their deviation, root mean square over units.
dead: share of its units (of a convolution: filters) whose ReLU is 0 for all images of the minibatch.
saturated: share of its activations where sigmoid or tanh has less than a tenth of its largest slope.
"""

MIN_IMAGES, MAX_NUMBERS = 16, 200_000
"""Of large maps the first images of a minibatch are looked at: as many as the second allows, at least 16."""
SAFE = (1e-25, 1e35)
"""Sums of squares that float32 holds with all its digits."""
CANCELLED = 0.01
"""Part of a mean square below which a variance is summed up for itself."""

_N_SEEN = len(LAYER.names or ())
_WEIGHT_MEAN, _WEIGHT_DEVIATION, _UPDATE, _GRADIENT, _MEAN, _DEVIATION, _SPREAD, _DEAD, _SATURATED = range(
    _N_SEEN
)
_FLAT_FROM = {"sigmoid": (0.5, 0.5 * 0.9**0.5), "tanh": (0.0, 0.9**0.5)}
"""Centre of an activation, and how far from it its slope is a tenth of the largest: s(1 - s) and 1 - t**2."""


class LayerWatch:
    """Looks at steps of the training of a net of `nets`, whose weights come first among its parameters."""

    def __init__(self, net: Any) -> None:
        """Takes the net; nothing is looked at yet."""
        self._net = net
        self._weights = [name for name in net.params if name.startswith("W")]
        ends = np.cumsum([net.params[name].size for name in self._weights]).tolist()
        self._parts = [slice(start, end) for start, end in pairwise([0, *ends])]
        self._layers = {name[1:]: layer for layer, name in enumerate(self._weights)}
        self._after = net.params.flat[: ends[-1]]
        self._before = np.empty_like(self._after)
        self._found = [self._before[part] for part in self._parts]
        # Lists, whose items Python sets sooner than those of small arrays.
        self._rows: list[tuple[int, list[list[float]]]] = []
        self._row: list[list[float]] = []
        self._epoch = 0

    def step(self, epoch: int) -> Self:
        """Looks at the one step of training that is done in `with watch.step(epoch):`.

        Args:
            epoch: the number that its row gets.
        """
        self._epoch = epoch
        return self

    def __enter__(self) -> None:
        # Not a generator of contextlib's: what runs once in many steps is slow, each call the more.
        self._row = [[math.nan] * _N_SEEN for _ in self._parts]
        np.copyto(self._before, self._after)
        self._net.observer = self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._net.observer = None
        if kind is None:
            self._see_weights()
            self._rows.append((self._epoch, self._row))

    def see_output(self, name: str, x: Floats) -> None:
        """Takes in what a hidden layer put out, (N, ...); its name ends with the number of its layer."""
        row = self._row[self._layers[name.lstrip(ascii_lowercase)]]
        if x.size > MAX_NUMBERS:
            x = x[: max(MIN_IMAGES, MAX_NUMBERS * len(x) // x.size)]
        sums = np.add.reduce(x, axis=0)
        by_unit = sums.ravel()
        mean = float(np.add.reduce(by_unit)) / x.size
        square = _square(x.ravel(order="K")) / x.size
        within = square - _square(by_unit) / (len(x) * x.size)  # its variance from image to image
        variance = square - mean * mean
        if not within > CANCELLED * square:  # so that the difference has no digits left
            means = sums / len(x)
            within = _square((x - means).ravel(order="K")) / x.size
            variance = within + _square(means.ravel() - mean) / means.size
        row[_MEAN], row[_DEVIATION], row[_SPREAD] = mean, variance**0.5, within**0.5
        if self._net.activation == "relu":  # whose sum is 0 only where it is 0 for all
            alive = by_unit if x.ndim == 2 else sums.reshape(x.shape[1], -1).any(axis=1)
            row[_DEAD] = 1 - np.count_nonzero(alive) / len(alive)
        elif self._net.activation in _FLAT_FROM:
            centre, distance = _FLAT_FROM[self._net.activation]
            row[_SATURATED] = np.count_nonzero(np.abs(x - x.dtype.type(centre)) > distance) / x.size

    def see_gradients(self, grads: FlatArrays) -> None:
        """Takes in the gradients of the loss without its penalty."""
        for row, part in zip(self._row, self._parts, strict=True):
            row[_GRADIENT] = _square(grads.flat[part]) ** 0.5

    def table(self) -> NDArray[Any]:
        """Returns a row a look: its epoch, and for each layer, by the name of its weights, a `LAYER`."""
        table = np.empty(len(self._rows), [("epoch", "<i4"), *((name, LAYER) for name in self._weights)])
        for row, (epoch, seen) in zip(table, self._rows, strict=True):
            row["epoch"] = epoch
            with np.errstate(over="ignore"):  # infinity stands for what float32 cannot hold
                for name, layer in zip(self._weights, seen, strict=True):
                    row[name] = tuple(layer)
        return table

    def restore(self, table: NDArray[Any]) -> None:
        """Goes on after the rows of a table."""
        layers = [[list(row[name].tolist()) for name in self._weights] for row in table]
        self._rows = list(zip(table["epoch"].tolist(), layers, strict=True))

    def _see_weights(self) -> None:
        """Takes in what a step made of the weights that it found."""
        sizes = []
        for row, before in zip(self._row, self._found, strict=True):
            size = _square(before)
            mean = float(np.add.reduce(before)) / before.size
            row[_WEIGHT_MEAN] = mean
            row[_WEIGHT_DEVIATION] = max(size / before.size - mean * mean, 0.0) ** 0.5
            sizes.append(size)
        np.subtract(self._after, self._before, out=self._before)
        for row, size, change in zip(self._row, sizes, self._found, strict=True):
            moved = _square(change)
            row[_UPDATE] = (moved / size) ** 0.5 if size else (np.inf if moved else 0.0)


def _square(vector: Floats) -> float:
    """Returns the sum of squares; in float64 where those of small numbers would become 0 in float32."""
    square = float(vector.dot(vector))
    if SAFE[0] < square < SAFE[1]:
        return square
    wide = vector.astype(np.float64)
    return float(wide.dot(wide))
