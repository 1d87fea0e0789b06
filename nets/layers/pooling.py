"""Max and average pooling with any window, stride and padding, overlapping or not dividing the image.

`pool_param` holds "pool_height", "pool_width", "stride" and, if wanted, "pad" (0, an integer, a pair or "same").
Padding never wins a maximum and never counts in an average. Pixels at the bottom and right that no whole window
reaches are left out.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats
from nets.layers.windows import Windows, windows_on


class MaxPoolCache(NamedTuple):
    """What `max_pool_backward` needs."""

    x: Floats
    out: Floats
    windows: Windows


class AvgPoolCache(NamedTuple):
    """What `avg_pool_backward` needs."""

    shape: tuple[int, ...]
    counts: Floats
    windows: Windows


def max_pool_forward(x: Floats, pool_param: Mapping[str, Any]) -> tuple[Floats, MaxPoolCache]:
    """Returns the largest pixel of every window of x, (N, C, H', W') fresh, and the cache for the backward pass.

    Raises:
        ValueError: if x is not (N, C, H, W), or the windows do not fit.
    """
    windows = _pool_windows(x, pool_param)
    padded = windows.padded(x, -np.inf)
    out = windows.offset_view(padded, 0, 0).copy()
    for row, column in windows.offsets():
        np.maximum(out, windows.offset_view(padded, row, column), out=out)
    return out, MaxPoolCache(x, out, windows)


def max_pool_backward(dout: Floats, cache: MaxPoolCache) -> Floats:
    """Returns the gradient with respect to x: each window pays its dout to its first maximum, and to it alone."""
    x, out, windows = cache
    padded = windows.padded(x, -np.inf)
    dpadded = np.zeros(padded.shape, dout.dtype)
    unpaid = np.ones(out.shape, bool)
    for row, column in windows.offsets():
        wins = (windows.offset_view(padded, row, column) == out) & unpaid
        unpaid &= ~wins
        view = windows.offset_view(dpadded, row, column)
        view += dout * wins
    return np.ascontiguousarray(windows.cropped(dpadded))


def avg_pool_forward(x: Floats, pool_param: Mapping[str, Any]) -> tuple[Floats, AvgPoolCache]:
    """Returns the mean of the pixels of every window of x, (N, C, H', W') fresh, and the cache for the backward pass.

    Raises:
        ValueError: if x is not (N, C, H, W), or the windows do not fit.
    """
    windows = _pool_windows(x, pool_param)
    inside = windows.padded(np.ones((1, 1, *windows.image), x.dtype))
    counts = _window_sums(inside, windows)
    out = _window_sums(windows.padded(x), windows)
    out /= counts
    return out, AvgPoolCache(x.shape, counts, windows)


def avg_pool_backward(dout: Floats, cache: AvgPoolCache) -> Floats:
    """Returns the gradient with respect to x: each window pays equal parts of its dout to its pixels."""
    shape, counts, windows = cache
    dpadded = windows.padded(np.zeros(shape, dout.dtype))
    shares = dout / counts
    for row, column in windows.offsets():
        view = windows.offset_view(dpadded, row, column)
        view += shares
    return np.ascontiguousarray(windows.cropped(dpadded))


def _window_sums(padded: Floats, windows: Windows) -> Floats:
    """Returns the sum over every window, fresh."""
    sums = windows.offset_view(padded, 0, 0).copy()
    for row, column in list(windows.offsets())[1:]:
        sums += windows.offset_view(padded, row, column)
    return sums


def _pool_windows(x: Floats, pool_param: Mapping[str, Any]) -> Windows:
    """Returns where the windows lie, each of which holds at least one pixel of the image."""
    if x.ndim != 4:
        raise ValueError(f"x must have the shape (N, C, H, W), but got {x.shape}")
    window = (pool_param["pool_height"], pool_param["pool_width"])
    windows = windows_on(x.shape[2:], window, pool_param["stride"], pool_param.get("pad", 0))
    if any(max(pads) >= size for pads, size in zip(windows.pads, window, strict=True)):
        raise ValueError(f"pad must be smaller than the window {window}, but got {pool_param['pad']!r}")
    return windows
