"""Numbers made fit for a net: shift and scale from the training split alone, for a minibatch at a time.

`measure` goes over the training split once, when the cache is built; `PREPROCESSINGS` turns what it found
into the shift and the scale of a `Preprocessing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

CHUNK_VALUES = 1 << 20
ROUNDING = 1e-12  # of a value, in float64
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Preprocessing:
    """x -> (x - shift) * scale.

    Attributes:
        shift: float64, of a shape that broadcasts against one example.
        scale: the same.
    """

    shift: Floats
    scale: Floats

    def __call__(self, x: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Returns the examples `x` (N, ...) shifted and scaled, a fresh array in the float type `dtype`.

        A float64 is shifted before it is rounded: 1.6e9 and 1.6e9 + 1 are one float32.
        """
        out = x.astype(np.result_type(x.dtype, dtype))
        out -= self.shift.astype(out.dtype)
        out *= self.scale.astype(out.dtype)
        return out.astype(dtype, copy=False)


@dataclass(frozen=True)
class Statistics:
    """What is known about the training split, all float64.

    Attributes:
        mean: a channel (or feature), (C,).
        std: its standard deviation, (C,).
        low: its smallest value, or the smallest possible one, (C,).
        high: its largest value, the same, (C,).
        mean_image: a pixel, (C, H, W) or (D,).
    """

    mean: Floats
    std: Floats
    low: Floats
    high: Floats
    mean_image: Floats


def measure(x: NDArray[Any], value_range: tuple[float, float] | None) -> Statistics:
    """Returns the statistics of the training examples.

    Two passes over small chunks, so that the memory needed does not grow with the number of examples.

    Args:
        x: (N, C, H, W) or (N, D).
        value_range: the smallest and largest possible value; None: those that occur, a channel.
    """
    mean_image = sum_over_chunks(x, lambda chunk: chunk.sum(axis=0, dtype=np.float64)) / len(x)
    pixels = tuple(range(1, mean_image.ndim))
    mean = mean_image.mean(axis=pixels)
    centre = beside_pixels(mean, mean_image.ndim)
    squares = sum_over_chunks(x, lambda chunk: np.square(chunk - centre).sum(axis=0))
    std = np.sqrt((squares / len(x)).mean(axis=pixels))
    low, high = value_range or (x.min(axis=0).min(axis=pixels), x.max(axis=0).max(axis=pixels))
    return Statistics(mean, std, fill_like(mean, low), fill_like(mean, high), mean_image)


def sum_over_chunks(x: NDArray[Any], reduce: Callable[[NDArray[Any]], Floats]) -> Floats:
    """Returns the sum of `reduce(chunk)` over chunks of at most about CHUNK_VALUES values."""
    length = max(1, CHUNK_VALUES // max(1, x[0].size))
    total = np.zeros(x.shape[1:])
    for start in range(0, len(x), length):
        total += reduce(x[start : start + length])
    return total


def beside_pixels(values: Floats, ndim: int) -> Floats:
    """Returns values a channel, (C,), in a shape that broadcasts against one example of `ndim` axes."""
    return values.reshape((-1,) + (1,) * (ndim - 1))


def fill_like(values: Floats, filling: object) -> Floats:
    """Returns a fresh array of the shape of `values` that holds `filling`."""
    return np.full_like(values, filling)


def one_over(spread: Floats, statistics: Statistics) -> Floats:
    """Returns 1 / spread, and 1 where nothing but rounding varies: such a channel is shifted only."""
    rounding = ROUNDING * np.maximum(np.abs(statistics.low), np.abs(statistics.high))
    return 1.0 / np.where(spread > rounding, spread, 1.0)


def mean_std(statistics: Statistics) -> Preprocessing:
    """Subtracts the mean of each channel and divides by its standard deviation."""
    ndim = statistics.mean_image.ndim
    return Preprocessing(
        beside_pixels(statistics.mean, ndim), beside_pixels(one_over(statistics.std, statistics), ndim)
    )


def mean_image(statistics: Statistics) -> Preprocessing:
    """Subtracts the mean image."""
    return Preprocessing(statistics.mean_image, np.ones(()))


def mean_image_std(statistics: Statistics) -> Preprocessing:
    """Subtracts the mean image and divides by the standard deviation of what is left, a channel.

    That of tables, whose features are channels of one value, is `mean_std`.
    """
    ndim = statistics.mean_image.ndim
    pixels = tuple(range(1, ndim))
    variance = np.square(statistics.std)
    offsets = statistics.mean_image - beside_pixels(statistics.mean, ndim)
    left = variance - np.square(offsets).mean(axis=pixels)
    std = np.sqrt(np.where(left > ROUNDING * variance, left, 0.0))
    return Preprocessing(statistics.mean_image, beside_pixels(one_over(std, statistics), ndim))


def unit(statistics: Statistics) -> Preprocessing:
    """Maps the range of the values to [0, 1]: 0 to 255 in images, what occurs in other numbers."""
    ndim = statistics.mean_image.ndim
    spread = statistics.high - statistics.low
    return Preprocessing(
        beside_pixels(statistics.low, ndim), beside_pixels(one_over(spread, statistics), ndim)
    )


def none(statistics: Statistics) -> Preprocessing:
    """Leaves the values as they are."""
    return Preprocessing(np.zeros(()), np.ones(()))


DEFAULT_PREPROCESSING = "mean_image_std"
PREPROCESSINGS: Mapping[str, Callable[[Statistics], Preprocessing]] = {
    "mean_std": mean_std,
    "mean_image": mean_image,
    "mean_image_std": mean_image_std,
    "unit": unit,
    "none": none,
}
