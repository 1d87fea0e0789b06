"""Max pooling over windows of 2x2 at stride 2, rows before columns, on maps in the order (H, C, W, N).

The pair works on a few rows of a map at a time, into memory that it is given. Two masks are all that the way
back needs: whether the upper row won, and whether the left column did. A tie has one winner, the upper or
left.
"""

from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, Numbers
from nets.fast.scratch import Scratch


class Wins(NamedTuple):
    """Masks of the winners: `upper`, (H // 2, C, W, N), and `left`, (H // 2, C, W // 2, N)."""

    upper: Numbers
    left: Numbers

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> "Wins":
        """Returns masks to be filled in, for maps of the shape (H, C, W, N)."""
        height, channels, width, n_images = shape
        upper = np.empty((height // 2, channels, width, n_images), bool)
        return cls(upper, np.empty((height // 2, channels, width // 2, n_images), bool))

    def rows(self, rows: slice) -> "Wins":
        """Returns the masks of some rows of the pooled map."""
        return Wins(self.upper[rows], self.left[rows])


def pool_2x2(maps: Floats, wins: Wins, out: Floats, scratch: Scratch) -> None:
    """Writes the maxima of maps (2 H', C, W, N) into `out`, (H', C, W // 2, N), and `wins`."""
    tall = scratch.array("tall", wins.upper.shape, maps.dtype)
    np.greater_equal(maps[0::2], maps[1::2], out=wins.upper)
    np.maximum(maps[0::2], maps[1::2], out=tall)
    left, right = _columns(tall)
    np.greater_equal(left, right, out=wins.left)
    np.maximum(left, right, out=out)


def unpool_2x2(dout: Floats, wins: Wins, out: Floats, scratch: Scratch) -> None:
    """Writes the gradient of the maps into `out`: what each window got goes to its winner alone."""
    dtall = scratch.array("tall", wins.upper.shape, dout.dtype)
    left, right = _columns(dtall)
    np.multiply(dout, wins.left, out=left)
    np.subtract(dout, left, out=right)
    dtall[:, :, 2 * left.shape[2] :] = 0
    np.multiply(dtall, wins.upper, out=out[0::2])
    np.subtract(dtall, out[0::2], out=out[1::2])


def _columns(tall: Floats) -> tuple[Any, Any]:
    """Returns the left and the right columns of the windows; an odd last column belongs to none."""
    even = tall.shape[2] // 2 * 2
    return tall[:, :, 0:even:2], tall[:, :, 1:even:2]
