"""Initial weights: Gaussian, truncated Gaussian, He and Xavier, by name in `INITIAL_WEIGHTS`.

Each takes (shape, weight_scale, rng) and returns fresh float64 weights. Weights are (D, M) or filters (F, C,
KH, KW).
"""

import math
from collections.abc import Callable

import numpy as np

from nets.arrays import Floats

InitialWeights = Callable[[tuple[int, ...], float, np.random.Generator], Floats]


def gaussian(shape: tuple[int, ...], weight_scale: float, rng: np.random.Generator) -> Floats:
    """Returns weights with the deviation `weight_scale`."""
    return rng.standard_normal(shape) * weight_scale


def truncated(shape: tuple[int, ...], weight_scale: float, rng: np.random.Generator) -> Floats:
    """Returns Gaussian weights, those beyond two deviations drawn again (a deviation of 0.88 is left)."""
    weights = rng.standard_normal(shape)
    while (far := np.abs(weights) > 2).any():
        weights[far] = rng.standard_normal(np.count_nonzero(far))
    return weights * weight_scale


def he(shape: tuple[int, ...], weight_scale: float, rng: np.random.Generator) -> Floats:
    """Returns Gaussian weights with the variance 2 / fan-in, whatever `weight_scale`.

    Source: He et al. 2015, equation 10.
    """
    return gaussian(shape, math.sqrt(2 / _fans(shape)[0]), rng)


def xavier(shape: tuple[int, ...], weight_scale: float, rng: np.random.Generator) -> Floats:
    """Returns Gaussian weights with the variance 2 / (fan-in + fan-out), whatever `weight_scale`.

    Source: Glorot and Bengio 2010, equation 12.
    """
    return gaussian(shape, math.sqrt(2 / sum(_fans(shape))), rng)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Returns how many inputs an output has, and how many outputs an input has."""
    if len(shape) == 2:
        return shape[0], shape[1]
    filters, channels, *window = shape
    return channels * math.prod(window), filters * math.prod(window)


INITIAL_WEIGHTS: dict[str, InitialWeights] = {
    "gaussian": gaussian,
    "truncated": truncated,
    "he": he,
    "xavier": xavier,
}
