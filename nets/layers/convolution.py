"""Convolution as one matrix product: every window becomes a column, every filter a row (im2col).

This is the textbook pair, and the oracle for the fast one in `nets.fast.convolution`.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, floating
from nets.layers.windows import Windows, windows_on


class ConvCache(NamedTuple):
    """What `conv_backward` needs."""

    x: Floats
    w: Floats
    b: Floats
    windows: Windows


def conv_forward(x: Floats, w: Floats, b: Floats, conv_param: Mapping[str, Any]) -> tuple[Floats, ConvCache]:
    """Returns the images convolved with the filters, (N, F, H', W') fresh, and the cache for `conv_backward`.

    As everywhere in this field the filters are not flipped (it is a cross-correlation).

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, KH, KW), of any size, odd or even.
        b: biases, (F,).
        conv_param: "stride" and "pad", each an integer or one for each direction; "pad" may be "same".
            Along each side there are (size + 2 pad - K) // stride + 1 windows.

    Raises:
        ValueError: if the shapes do not fit.
    """
    if x.ndim != 4 or w.ndim != 4 or w.shape[1] != x.shape[1]:
        raise ValueError(
            f"x and w must have the shapes (N, C, H, W) and (F, C, KH, KW), but got {x.shape} and {w.shape}"
        )
    if b.shape != w.shape[:1]:
        raise ValueError(f"b must have the shape {w.shape[:1]}, but got {b.shape}")
    x, w, b = floating(x), floating(w), floating(b)
    windows = windows_on(x.shape[2:], w.shape[2:], conv_param["stride"], conv_param["pad"])
    out = w.reshape(len(w), -1) @ im2col(x, windows)
    out += b[:, None]
    images = out.reshape(len(w), len(x), *windows.counts).transpose(1, 0, 2, 3)
    return np.ascontiguousarray(images), ConvCache(x, w, b, windows)


def conv_backward(
    dout: Floats, cache: ConvCache, *, input_gradient: bool = True, out: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db) with respect to x, w and b.

    Args:
        dout: gradient from above, (N, F, H', W').
        cache: from `conv_forward`.
        input_gradient: False skips dx, which the first layer of a net does not need; dx is then empty.
        out: arrays that dw and db are written into, overwritten; fresh ones by default.
    """
    x, w, b, windows = cache
    dw, db = out or (np.empty_like(w), np.empty_like(b))
    dmaps = dout.transpose(1, 0, 2, 3).reshape(len(w), -1)
    dw[...] = (dmaps @ im2col(x, windows).T).reshape(w.shape)
    np.add.reduce(dmaps, axis=1, out=db)
    dx = np.empty(0, x.dtype)
    if input_gradient:
        dx = col2im(w.reshape(len(w), -1).T @ dmaps, x.shape, windows)
    return dx, dw, db


def im2col(x: Floats, windows: Windows) -> Floats:
    """Returns the windows of images (N, C, H, W) as columns, (C * KH * KW, N * H' * W'), fresh."""
    columns = np.empty((x.shape[1], *windows.window, len(x), *windows.counts), x.dtype)
    padded = windows.padded(x)
    for row, column in windows.offsets():
        columns[:, row, column] = windows.offset_view(padded, row, column).transpose(1, 0, 2, 3)
    return columns.reshape(math.prod(columns.shape[:3]), math.prod(columns.shape[3:]))


def col2im(columns: Floats, shape: tuple[int, ...], windows: Windows) -> Floats:
    """Returns images of `shape`, fresh: each pixel is the sum over its places in the columns of `im2col`."""
    padded = np.zeros(windows.padded_shape(shape), columns.dtype)
    columns = columns.reshape(shape[1], *windows.window, shape[0], *windows.counts)
    for row, column in windows.offsets():
        view = windows.offset_view(padded, row, column)
        view += columns[:, row, column].transpose(1, 0, 2, 3)
    return np.ascontiguousarray(windows.cropped(padded))
