"""Numeric gradients of functions and of whole nets: is a backward pass the derivative of its forward pass?

By element costs two forward passes for each element; by projection, on a random direction, two for all of
them. Use float64: in float32 the difference of two losses has no digits left.
"""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nets.arrays import Floats, Ints, Numbers, floating
from nets.contract import loss_and_gradients

STEP = 1e-5


def relative_error(a: Numbers, b: Numbers) -> float:
    """Returns the largest |a - b| / max(1e-8, |a| + |b|) over the elements."""
    a, b = floating(np.asarray(a)), floating(np.asarray(b))
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def numeric_gradient(function: Callable[[Floats], float], x: Floats, step: float = STEP) -> Floats:
    """Returns the gradient of a number with respect to every element of x, fresh, by centred differences.

    >>> numeric_gradient(lambda x: float(np.sum(x**2)), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    x = floating(x)  # a step would be lost in an integer
    gradient = np.empty_like(x)
    moved = x.copy()
    for place in np.ndindex(x.shape):
        moved[place] = x[place] + step
        above = function(moved)
        moved[place] = x[place] - step
        gradient[place] = (above - function(moved)) / (2 * step)
        moved[place] = x[place]
    return gradient


def numeric_gradient_array(
    function: Callable[[Floats], Floats], x: Floats, dout: Floats, step: float = STEP
) -> Floats:
    """Returns the gradient of sum(function(x) * dout) with respect to every element of x, fresh."""
    return numeric_gradient(lambda moved: float(np.sum(function(moved) * dout)), x, step)


def projection_error(
    function: Callable[[Floats], float],
    x: Floats,
    gradient: Floats,
    rng: np.random.Generator,
    step: float = STEP,
) -> float:
    """Returns the relative error of a gradient of a number, on one random direction of length 1."""
    direction = rng.standard_normal(x.shape)
    direction /= np.linalg.norm(direction)
    slope = (function(x + step * direction) - function(x - step * direction)) / (2 * step)
    return relative_error(np.array(slope), np.array(np.sum(gradient * direction)))


def net_errors_by_projection(
    net: Any,
    X: Numbers,
    y: Ints,
    rng: np.random.Generator,
    step: float = STEP,
    anew: Callable[[], Any] | None = None,
) -> dict[str, float]:
    """Returns the relative error of each parameter's gradient on one random direction, by name.

    The net itself is left alone: each loss is that of a copy, so that all of them drop the same units and
    none moves a running statistic. Takes any net with `.params` and `.loss(X, y)`.

    Args:
        net: the net.
        X, y: images and labels.
        rng: draws the directions.
        step: length of a step along one.
        anew: returns the net as it is now, for one that cannot be copied; nothing of it is needed after the
            next call.
    """
    anew = anew or partial(copy.deepcopy, net)
    grads = loss_and_gradients(anew(), X, y)[1]
    params = {name: np.array(array) for name, array in anew().params.items()}
    return {
        name: projection_error(_loss_of(anew, name, X, y), params[name], gradient, rng, step)
        for name, gradient in grads.items()
    }


def net_errors_by_element(net: Any, X: Numbers, y: Ints, step: float = STEP) -> dict[str, float]:
    """Returns the largest relative error of any element of each parameter's gradient; for small nets."""
    anew = partial(copy.deepcopy, net)
    return {
        name: relative_error(numeric_gradient(_loss_of(anew, name, X, y), net.params[name], step), gradient)
        for name, gradient in loss_and_gradients(anew(), X, y)[1].items()
    }


def _loss_of(anew: Callable[[], Any], name: str, X: Numbers, y: Ints) -> Callable[[Floats], float]:
    """Returns the loss as a function of one parameter."""

    def loss(value: Floats) -> float:
        moved = anew()
        moved.params[name] = value.copy()
        return loss_and_gradients(moved, X, y)[0]

    return loss
