"""Max and average pooling with any window, stride and padding, overlapping or not dividing the image.

`pool_param` holds "pool_height", "pool_width", "stride" and, if wanted, "pad" (0, an integer, a pair or
"same"). Padding never wins a maximum and never counts in an average. Pixels at the bottom and right that no
whole window reaches are left out.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, Numbers, floating
from nets.layers.windows import Windows, windows_on


class MaxPoolCache(NamedTuple):
    """What `max_pool_backward` needs.

    Windows are pooled over their rows first: `row_wins`, (N, C, H', padded W), says which row of the window
    has the maximum, and then over their columns: `column_wins`, (N, C, H', W'), says which column has.
    """

    shape: tuple[int, ...]
    row_wins: Numbers
    column_wins: Numbers
    windows: Windows


class AvgPoolCache(NamedTuple):
    """What `avg_pool_backward` needs."""

    shape: tuple[int, ...]
    counts: Floats
    windows: Windows


def max_pool_forward(x: Floats, pool_param: Mapping[str, Any]) -> tuple[Floats, MaxPoolCache]:
    """Returns the largest pixel of every window of x, (N, C, H', W') fresh, and the cache.

    Raises:
        ValueError: if x is not (N, C, H, W), or the windows do not fit.
    """
    x = floating(x)  # no integer is below all others, as the padding must be
    windows = _pool_windows(x, pool_param)
    tall, row_wins = _max_along(2, windows.padded(x, -np.inf), windows)
    out, column_wins = _max_along(3, tall, windows)
    return out, MaxPoolCache(x.shape, row_wins, column_wins, windows)


def max_pool_backward(dout: Floats, cache: MaxPoolCache) -> Floats:
    """Returns the gradient with respect to x: each window pays its dout to one of its maxima alone.

    Of several that is the upper one in the leftmost column that has one (PyTorch's is the left one in the
    uppermost row).
    """
    shape, row_wins, column_wins, windows = cache
    dtall = np.zeros_like(row_wins, dout.dtype)
    _pay_along(3, dout, column_wins, dtall, windows)
    dpadded = np.zeros_like(dtall, shape=windows.padded_shape(shape))
    _pay_along(2, dtall, row_wins, dpadded, windows)
    return windows.cropped(dpadded)


def _max_along(axis: int, padded: Floats, windows: Windows) -> tuple[Floats, Numbers]:
    """Returns the maxima over one side of the windows, and the place of the first of each; both fresh."""
    out = windows.line_view(axis, padded, 0).copy(order="K")
    wins = np.zeros_like(out, np.min_scalar_type(windows.window[axis - 2]))
    for place in range(1, windows.window[axis - 2]):
        line = windows.line_view(axis, padded, place)
        np.maximum(wins, (line > out) * wins.dtype.type(place), out=wins)
        np.maximum(out, line, out=out)
    return out, wins


def _pay_along(axis: int, dout: Floats, wins: Numbers, dpadded: Floats, windows: Windows) -> None:
    """Adds the gradient of each maximum to the place in its window that has it."""
    for place in range(windows.window[axis - 2]):
        line = windows.line_view(axis, dpadded, place)
        line += dout * (wins == place)


def avg_pool_forward(x: Floats, pool_param: Mapping[str, Any]) -> tuple[Floats, AvgPoolCache]:
    """Returns the mean of the pixels of every window of x, (N, C, H', W') fresh, and the cache.

    Raises:
        ValueError: if x is not (N, C, H, W), or the windows do not fit.
    """
    x = floating(x)
    windows = _pool_windows(x, pool_param)
    inside = windows.padded(np.ones((1, 1, *windows.image), x.dtype))
    counts = _window_sums(inside, windows)
    out = _window_sums(windows.padded(x), windows)
    out /= counts
    return out, AvgPoolCache(x.shape, counts, windows)


def avg_pool_backward(dout: Floats, cache: AvgPoolCache) -> Floats:
    """Returns the gradient with respect to x: each window pays equal parts of its dout to its pixels."""
    shape, counts, windows = cache
    dpadded = np.zeros_like(dout, shape=windows.padded_shape(shape))
    shares = dout / counts
    for row, column in windows.offsets():
        view = windows.offset_view(dpadded, row, column)
        view += shares
    return windows.cropped(dpadded)


def _window_sums(padded: Floats, windows: Windows) -> Floats:
    """Returns the sum over every window, fresh."""
    sums = windows.offset_view(padded, 0, 0).copy(order="K")
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
