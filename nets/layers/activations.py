"""Activations: ReLU, leaky ReLU, sigmoid and tanh, element by element; `ACTIVATIONS` has them by name.

Each backward pass is written in what its forward pass kept: ReLU in its input, sigmoid and tanh in their
output.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, floating


def relu_forward(x: Floats) -> tuple[Floats, Floats]:
    """Returns max(0, x), fresh, and x as the cache for `relu_backward`; x may have any shape."""
    return np.maximum(x, 0), x


def relu_backward(dout: Floats, cache: Floats) -> Floats:
    """Returns the gradient with respect to x: dout where x > 0, else 0 (also at x = 0)."""
    return dout * (cache > 0)


class LeakyReluCache(NamedTuple):
    """What `leaky_relu_backward` needs."""

    x: Floats
    slope: float


def leaky_relu_forward(x: Floats, slope: float = 0.01) -> tuple[Floats, LeakyReluCache]:
    """Returns x where x > 0, else slope * x, fresh, and the cache for `leaky_relu_backward`.

    Source: Maas, Hannun and Ng 2013, section 2.
    """
    slope = float(slope)
    return np.where(x > 0, x, x * slope), LeakyReluCache(x, slope)


def leaky_relu_backward(dout: Floats, cache: LeakyReluCache) -> Floats:
    """Returns the gradient with respect to x: dout where x > 0, else slope * dout (also at x = 0)."""
    return np.where(cache.x > 0, dout, dout * cache.slope)


def sigmoid_forward(x: Floats) -> tuple[Floats, Floats]:
    """Returns 1 / (1 + exp(-x)), fresh, which is also the cache for `sigmoid_backward`.

    No exponential is above 1, so that none can overflow; small values have all their digits.
    """
    x = floating(x)
    out = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))
    return out, out


def quick_sigmoid_forward(x: Floats) -> tuple[Floats, Floats]:
    """Returns what `sigmoid_forward` does up to a rounding error of 1; nets take this one.

    Written as (1 + tanh(x / 2)) / 2, in less than half the time. Small values have no digits of their own,
    and below -20 (-38 in float64) it is 0.
    """
    out = np.tanh(floating(x) * 0.5) * 0.5 + 0.5
    return out, out


def sigmoid_backward(dout: Floats, cache: Floats) -> Floats:
    """Returns the gradient with respect to x, dout * s * (1 - s), where s is the output; at most dout / 4."""
    return dout * cache * (1 - cache)


def tanh_forward(x: Floats) -> tuple[Floats, Floats]:
    """Returns tanh(x), fresh, which is also the cache for `tanh_backward`."""
    out = np.tanh(floating(x))
    return out, out


def tanh_backward(dout: Floats, cache: Floats) -> Floats:
    """Returns the gradient with respect to x, dout * (1 - t**2), where t is the output."""
    return dout * (1 - cache * cache)


class Activation(NamedTuple):
    """An activation as nets use it.

    Attributes:
        forward: x -> (out, cache).
        backward: (dout, cache) -> dx.
        rises: whether a larger x never gives a smaller out, so that it commutes with max pooling.
    """

    forward: Callable[[Floats], tuple[Floats, Any]]
    backward: Callable[[Floats, Any], Floats]
    rises: bool


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(relu_forward, relu_backward, rises=True),
    "leaky_relu": Activation(leaky_relu_forward, leaky_relu_backward, rises=True),
    "sigmoid": Activation(quick_sigmoid_forward, sigmoid_backward, rises=True),
    "tanh": Activation(tanh_forward, tanh_backward, rises=True),
}
