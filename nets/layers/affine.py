"""The affine (fully connected) layer: out = x w + b."""

import math
from typing import NamedTuple

import numpy as np

from nets.arrays import Floats, floating


class AffineCache(NamedTuple):
    """What `affine_backward` needs."""

    x: Floats
    w: Floats
    b: Floats


def affine_forward(x: Floats, w: Floats, b: Floats) -> tuple[Floats, AffineCache]:
    """Returns x w + b, fresh, and the cache for `affine_backward`.

    Args:
        x: inputs, (N, ...); each image is taken as one row of D features.
        w: weights, (D, M).
        b: biases, (M,).

    >>> x, w, b = np.array([[1.0, 2.0]]), np.eye(2), np.array([0.5, 0.0])
    >>> affine_forward(x, w, b)[0]
    array([[1.5, 2. ]])

    Raises:
        ValueError: if the shapes do not fit.
    """
    n_features = math.prod(x.shape[1:])
    if w.ndim != 2 or w.shape[0] != n_features:
        raise ValueError(
            f"w must have the shape ({n_features}, M) for x of shape {x.shape}, but got {w.shape}"
        )
    if b.shape != w.shape[1:]:
        raise ValueError(f"b must have the shape {w.shape[1:]}, but got {b.shape}")
    x, w, b = floating(x), floating(w), floating(b)
    out = np.dot(x.reshape(len(x), n_features), w)
    out += b
    return out, AffineCache(x, w, b)


def affine_backward(
    dout: Floats, cache: AffineCache, *, input_gradient: bool = True, out: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db) with respect to x, w and b.

    Args:
        dout: gradient from above, (N, M).
        cache: from `affine_forward`.
        input_gradient: False skips dx, which the first layer of a net does not need; dx is then empty.
        out: arrays that dw and db are written into, overwritten; fresh ones by default.
    """
    x, w, _ = cache
    rows = x.reshape(len(x), w.shape[0])
    dw, db = out or (None, None)
    # np.dot would fill the result with zeros first: at 3072 x 1024 weights a twentieth of a training step.
    dw, db = np.matmul(rows.T, dout, out=dw), np.add.reduce(dout, axis=0, out=db)
    if not input_gradient:
        return np.empty(0, x.dtype), dw, db
    # If the batch comes last in the memory of x, it shall do so in dx: the layer below runs along it.
    batch_last = rows.flags.f_contiguous and not rows.flags.c_contiguous
    dx = np.matmul(w, dout.T).T if batch_last else np.matmul(dout, w.T)
    return dx.reshape(x.shape), dw, db
