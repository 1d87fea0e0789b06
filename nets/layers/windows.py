"""Where the windows of a convolution or pooling lie on an image: padding, stride, number of windows.

`Windows` is the geometry; `offset_view` shows one pixel of all windows at once, which is how every loop over
windows in this package is written: as a loop over the few positions in a window, never over the many windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nets.arrays import Floats

Pad = int | str | tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """The windows on images of one size: window n starts at pixel n * stride - pad, in both directions."""

    image: tuple[int, int]
    window: tuple[int, int]
    stride: tuple[int, int]
    pads: tuple[tuple[int, int], tuple[int, int]]

    @property
    def counts(self) -> tuple[int, int]:
        """The number of windows down and across; windows that would reach beyond the padding do not count."""
        down, across = (
            (size + sum(pads) - window) // stride + 1
            for size, pads, window, stride in zip(
                self.image, self.pads, self.window, self.stride, strict=True
            )
        )
        return down, across

    def padded(self, x: Floats, value: float = 0.0) -> Floats:
        """Returns x, (N, C, H, W), padded with `value`: fresh, or x itself if there is no padding."""
        if self.pads == ((0, 0), (0, 0)):
            return x
        padded = np.full_like(x, value, shape=self.padded_shape(x.shape))
        self.cropped(padded)[...] = x
        return padded

    def padded_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape of padded images for the shape (N, C, H, W)."""
        down, across = (size + sum(pads) for size, pads in zip(self.image, self.pads, strict=True))
        return (*shape[:2], down, across)

    def cropped(self, padded: Floats) -> Floats:
        """Returns the view of padded images, (N, C, ...), without their padding."""
        (top, _), (left, _) = self.pads
        height, width = self.image
        return padded[:, :, top : top + height, left : left + width]

    def offsets(self) -> Iterator[tuple[int, int]]:
        """Yields the positions in a window, row by row."""
        return iter(np.ndindex(self.window))

    def offset_view(self, padded: Floats, row: int, column: int) -> Floats:
        """Returns the view (N, C, H', W') of the pixel (row, column) of every window."""
        return self.line_view(3, self.line_view(2, padded, row), column)

    def line_view(self, axis: int, padded: Floats, place: int) -> Floats:
        """Returns the view of the row (axis 2) or column (axis 3) at `place` in every window."""
        count, stride = self.counts[axis - 2], self.stride[axis - 2]
        places = slice(place, place + count * stride, stride)
        return padded[:, :, places] if axis == 2 else padded[:, :, :, places]


def windows_on(image: tuple[int, int], window: tuple[int, int], stride: Any, pad: Pad = 0) -> Windows:
    """Returns the windows of one size on images of one size.

    Args:
        image: (H, W).
        window: (height, width).
        stride: pixels from window to window, an integer or one for each direction.
        pad: pixels around the image, an integer or one for each direction; "same" pads so that there are
            ceil(size / stride) windows, with the odd pixel at the bottom and right (as TensorFlow does).

    Raises:
        ValueError: if a stride is below 1, a padding below 0, or no window fits.
    """
    strides = _pair("stride", stride, 1)
    _pair("window", window, 1)
    if isinstance(pad, str):
        if pad != "same":
            raise ValueError(f'pad must be an integer, a pair of them or "same", but got {pad!r}')
        down, across = (_same(*sizes) for sizes in zip(image, window, strides, strict=True))
    else:
        down, across = ((pixels, pixels) for pixels in _pair("pad", pad, 0))
    windows = Windows(image, window, strides, (down, across))
    if min(windows.counts) < 1:
        raise ValueError(f"a window of {window} does not fit on an image of {image} with padding {pad!r}")
    return windows


def _same(size: int, window: int, stride: int) -> tuple[int, int]:
    """Returns the padding before and after for ceil(size / stride) windows."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _pair(name: str, value: Any, low: int) -> tuple[int, int]:
    """Returns (down, across) of an integer or a pair of integers, each at least `low`."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(
        isinstance(v, bool) or not isinstance(v, (int, np.integer)) or v < low for v in pair
    ):
        raise ValueError(f"{name} must be an integer of at least {low} or a pair of them, but got {value!r}")
    return int(pair[0]), int(pair[1])
