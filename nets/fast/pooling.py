"""Max pooling over windows of 2x2 at stride 2: the rows of a window first, then its columns.

`max_pool_forward` and `max_pool_backward` take whole maps, and the windows of `nets.fast.overlapping` too:
3x3 at stride 2 with the padding "same", on images with even sides. `pool_rows` and `unpool_rows` do the same
with windows of 2x2 for some rows of maps in the memory order (H, C, W, N), into memory that they are given.
Two masks are all that the way back needs: whether the upper row won, and whether the left column did. A tie
has one winner, the upper or left.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, Numbers, floating
from nets.fast.overlapping import Overlaps, pool_overlapping, unpool_overlapping
from nets.fast.scratch import Scratch
from nets.fast.slabs import as_images, in_memory_order


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


class MaxPoolCache(NamedTuple):
    """What `max_pool_backward` needs: the shape (N, C, H, W) of the images, and who won."""

    shape: tuple[int, ...]
    wins: Wins | Overlaps


def takes(pool_param: Mapping[str, Any], image: tuple[int, ...]) -> bool:
    """Whether the pooling here takes such windows on images (C, H, W)."""
    return _is_two_by_two(pool_param) or (_is_overlapping(pool_param) and not any(s % 2 for s in image[1:]))


def max_pool_forward(
    x: Floats, pool_param: Mapping[str, Any], *, scratch: Scratch | None = None
) -> tuple[Floats, MaxPoolCache]:
    """Returns the largest pixel of every window of x, (N, C, H // 2, W // 2) fresh, and the cache.

    In memory the order is (C, H // 2, W // 2, N), so that reshaping it to rows for an affine layer copies
    nothing.

    Raises:
        ValueError: if it does not take the windows.
    """
    n_images, channels, height, width = x.shape
    if not takes(pool_param, x.shape[1:]):
        raise ValueError(f"the fast pooling takes {_TAKEN}, but got {dict(pool_param)} for {x.shape[1:]}")
    x = floating(x)
    scratch = scratch or Scratch()
    pooled = np.empty((channels, height // 2, width // 2, n_images), x.dtype)
    maps, rows = in_memory_order(x)[: height // 2 * 2], pooled.transpose(1, 0, 2, 3)
    if _is_overlapping(pool_param):
        wins: Wins | Overlaps = pool_overlapping(maps, rows, scratch)
    else:
        wins = Wins.empty(maps.shape)
        pool_rows(maps, wins, rows, scratch)
    return pooled.transpose(3, 0, 1, 2), MaxPoolCache(x.shape, wins)


def max_pool_backward(dout: Floats, cache: MaxPoolCache, *, scratch: Scratch | None = None) -> Floats:
    """Returns the gradient with respect to x, fresh, in the memory order (H, C, W, N)."""
    (n_images, channels, height, width), wins = cache.shape, cache.wins
    scratch = scratch or Scratch()
    dmaps = np.empty((height, channels, width, n_images), dout.dtype)
    if isinstance(wins, Overlaps):
        unpool_overlapping(in_memory_order(dout), wins, dmaps, scratch)
    else:
        dmaps[height // 2 * 2 :] = 0
        unpool_rows(in_memory_order(dout), wins, dmaps[: height // 2 * 2], scratch)
    return as_images(dmaps)


def check_pool_param(pool_param: Mapping[str, Any]) -> None:
    """Refuses windows other than 2x2 at stride 2 without padding."""
    if not _is_two_by_two(pool_param):
        raise ValueError(
            f"the fast pass takes windows of 2x2 at stride 2 without padding, but got {dict(pool_param)}"
        )


_TAKEN = (
    'windows of 2x2 at stride 2 without padding, or of 3x3 at stride 2 with the padding "same" on images '
    "with even sides"
)


def _is_two_by_two(pool_param: Mapping[str, Any]) -> bool:
    return _sizes(pool_param) == [2, 2, 2] and pool_param.get("pad", 0) == 0


def _is_overlapping(pool_param: Mapping[str, Any]) -> bool:
    return _sizes(pool_param) == [3, 3, 2] and pool_param.get("pad", 0) == "same"


def _sizes(pool_param: Mapping[str, Any]) -> list[Any]:
    return [pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]]


def pool_rows(maps: Floats, wins: Wins, out: Floats, scratch: Scratch) -> None:
    """Writes the maxima of maps (2 H', C, W, N) into `out`, (H', C, W // 2, N), and `wins`."""
    tall = scratch.array("tall", wins.upper.shape, maps.dtype)
    np.greater_equal(maps[0::2], maps[1::2], out=wins.upper)
    np.maximum(maps[0::2], maps[1::2], out=tall)
    left, right = _columns(tall)
    np.greater_equal(left, right, out=wins.left)
    np.maximum(left, right, out=out)


def unpool_rows(dout: Floats, wins: Wins, out: Floats, scratch: Scratch) -> None:
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
