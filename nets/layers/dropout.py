"""Inverted dropout: drops units while training and scales the rest up, so that testing needs nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nets import checks
from nets.arrays import Floats, floating

_check_mode = checks.one_of(("train", "test"))


class DropoutCache(NamedTuple):
    """What `dropout_backward` needs: 0 or 1 / (1 - p) for each unit, or None if nothing was dropped."""

    mask: Floats | None


def dropout_forward(
    x: Floats, dropout_param: Mapping[str, Any], rng: np.random.Generator
) -> tuple[Floats, DropoutCache]:
    """Returns x with each unit dropped with the probability p, and the cache for `dropout_backward`.

    Args:
        x: inputs of any shape.
        dropout_param: "p", the probability of DROPPING a unit, in [0, 1), 0 = off; "mode", "train" or "test".
        rng: draws the mask, a new one at each call; not touched when testing or when p is 0.

    Raises:
        ValueError: if p is not in [0, 1), or the mode is neither.

    Source: Srivastava et al. 2014.
    """
    p, mode = dropout_param["p"], dropout_param["mode"]
    checks.dropout("p", p)
    _check_mode("mode", mode)
    x = floating(x)
    if mode == "test" or p == 0:
        return x.copy(order="K"), DropoutCache(None)
    mask = keep_mask(x.shape, float(p), x.dtype, rng)
    return x * mask, DropoutCache(mask)


def dropout_backward(dout: Floats, cache: DropoutCache) -> Floats:
    """Returns the gradient with respect to x, fresh."""
    return dout.copy(order="K") if cache.mask is None else dout * cache.mask


def keep_mask(shape: Sequence[int], p: float, dtype: Any, rng: np.random.Generator) -> Floats:
    """Returns 0 with the probability p, else 1 / (1 - p), for each element of `shape`; fresh, in `dtype`."""
    mask: Floats = (rng.random(shape, np.float32) >= p).astype(dtype)
    mask *= 1 / (1 - p)
    return mask
