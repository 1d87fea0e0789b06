"""Max pooling over overlapping windows of 3x3 at stride 2, of images with even sides, which it halves.

Along either axis window i has the lines 2i, 2i + 1 and 2i + 2, of which the last window lacks the third. The
rows of a window are pooled first, then its columns, some rows of windows at a time. Two masks for each are
all that the way back needs: whether the first line was not below the middle one, and whether the larger of
them was not below the last. So a tie has one winner, the first.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nets.arrays import Floats, Numbers
from nets.fast.scratch import Scratch

TILE_SIZE = 131_072
"""Numbers in the rows that are pooled at a time, at most (but at least one row of windows)."""


class Winners(NamedTuple):
    """Masks along one axis: whether the first of three beat the second, and the better one the third."""

    first: Numbers
    kept: Numbers

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> "Winners":
        """Returns masks to be filled in."""
        return cls(np.empty(shape, bool), np.empty(shape, bool))

    def at(self, rows: slice) -> "Winners":
        """Returns the masks of some rows of windows."""
        return Winners(self.first[rows], self.kept[rows])

    def columns_first(self) -> "Winners":
        """Returns the masks with the axis of the columns in the place of the rows'."""
        return Winners(_columns_first(self.first), _columns_first(self.kept))


class Overlaps(NamedTuple):
    """Who won over rows, (H // 2, C, W, N), and who over columns, (H // 2, C, W // 2, N)."""

    rows: Winners
    columns: Winners


def pool_overlapping(maps: Floats, out: Floats, scratch: Scratch) -> Overlaps:
    """Writes the maxima of maps, (H, C, W, N), into `out`, (H // 2, C, W // 2, N), and returns who won."""
    wins = Overlaps(Winners.empty((len(out), *maps.shape[1:])), Winners.empty(out.shape))
    for rows in _tiles(maps):
        tall = scratch.array("tall", wins.rows.first[rows].shape, maps.dtype)
        _pool([maps[place::2][rows] for place in range(3)], wins.rows.at(rows), tall)
        wide = _columns_first(tall)
        columns = wins.columns.at(rows).columns_first()
        _pool([wide[place::2] for place in range(3)], columns, _columns_first(out[rows]))
    return wins


def unpool_overlapping(dout: Floats, wins: Overlaps, out: Floats, scratch: Scratch) -> None:
    """Writes the gradient of the maps into `out`, (H, C, W, N): what each window got goes to its winner."""
    # From the last tile up: the last line of a tile is the first of the one below, and is added to that.
    for rows in reversed(list(_tiles(out))):
        dtall = scratch.array("tall", wins.rows.first[rows].shape, dout.dtype)
        wide = _columns_first(dtall)
        columns = wins.columns.at(rows).columns_first()
        _unpool(_columns_first(dout[rows]), columns, [wide[place::2] for place in range(3)], scratch)
        _unpool(dtall, wins.rows.at(rows), [out[place::2][rows] for place in range(3)], scratch)


def _pool(lines: list[Floats], wins: Winners, out: Floats) -> None:
    """Writes the larger of each three lines into `out`; axis 0 counts the windows."""
    first, middle, last = lines
    np.greater_equal(first, middle, out=wins.first)
    np.maximum(first, middle, out=out)
    whole = slice(len(last))
    np.greater_equal(out[whole], last, out=wins.kept[whole])
    wins.kept[len(last) :] = True
    np.maximum(out[whole], last, out=out[whole])


def _unpool(dout: Floats, wins: Winners, lines: list[Floats], scratch: Scratch) -> None:
    """Writes what each window got into the lines of its winner; the last line is another's first."""
    first, middle, last = lines
    kept = scratch.array("kept", dout.shape, dout.dtype)
    np.multiply(dout, wins.kept, out=kept)
    np.multiply(kept, wins.first, out=first)
    np.subtract(kept, first, out=middle)
    np.subtract(dout, kept, out=kept)
    last += kept[: len(last)]


def _columns_first(rows: Numbers) -> Numbers:
    """Returns the view (W, C, rows, N) of (rows, C, W, N)."""
    return rows.transpose(2, 1, 0, 3)


def _tiles(maps: Floats) -> Iterator[slice]:
    """Yields tiles of rows of windows on maps (H, C, W, N)."""
    down = len(maps) // 2
    tile = max(1, TILE_SIZE // (2 * maps[0].size))
    return (slice(start, min(start + tile, down)) for start in range(0, down, tile))
