"""Convolution as one matrix product: every window becomes a row, every filter a column (im2col).

This is the textbook pair, and the oracle for the fast one in `nets.fused`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats
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
    windows = windows_on(x.shape[2:], w.shape[2:], conv_param["stride"], conv_param["pad"])
    rows = im2col(x, windows) @ w.reshape(len(w), -1).T
    rows += b
    out = rows.reshape(len(x), *windows.counts, len(w)).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(out), ConvCache(x, w, b, windows)


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
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, len(w))
    dw[...] = (rows.T @ im2col(x, windows)).reshape(w.shape)
    np.add.reduce(rows, axis=0, out=db)
    dx = np.empty(0, x.dtype)
    if input_gradient:
        dx = col2im(rows @ w.reshape(len(w), -1), x.shape, windows)
    return dx, dw, db


def im2col(x: Floats, windows: Windows) -> Floats:
    """Returns the windows of images (N, C, H, W) as rows, (N * H' * W', C * KH * KW), fresh."""
    (down, across), (height, width) = windows.counts, windows.window
    padded = windows.padded(x)
    columns = np.empty((len(x), down, across, x.shape[1], height, width), x.dtype)
    for row, column in windows.offsets():
        columns[..., row, column] = windows.offset_view(padded, row, column).transpose(0, 2, 3, 1)
    return columns.reshape(len(x) * down * across, -1)


def col2im(rows: Floats, shape: tuple[int, ...], windows: Windows) -> Floats:
    """Returns images of `shape`, fresh: each pixel is the sum over its places in the rows of `im2col`."""
    (down, across), (height, width) = windows.counts, windows.window
    padded = np.zeros(windows.padded_shape(shape), rows.dtype)
    columns = rows.reshape(shape[0], down, across, shape[1], height, width)
    for row, column in windows.offsets():
        view = windows.offset_view(padded, row, column)
        view += columns[..., row, column].transpose(0, 3, 1, 2)
    return np.ascontiguousarray(windows.cropped(padded))
