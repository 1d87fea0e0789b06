"""What passes over a convolution and its pooling share: blocks of images, and tiles of rows within them.

Blocks are so small that a slab stays in the L2 cache, and so large that matrix products run at full speed.
Within a block some rows of the map at a time are made, pooled and left, while they are in the cache; maps of
a tile are (rows, W * n, F): filters last is the order in which OpenBLAS writes them fastest.
"""

from collections.abc import Iterator

import numpy as np

from nets.arrays import Floats
from nets.fast.pooling import Wins, pool_rows, unpool_rows
from nets.fast.scratch import Scratch
from nets.fast.slabs import image_blocks

SLAB_SIZE = 150_000
"""Numbers in a slab, at most: 0.6 MB of float32."""

TILE_SIZE = 65_536
"""Numbers in the rows of a map that are pooled at a time, at most (but at least two rows)."""

LINE = 16
"""Numbers of float32 in a line of the cache."""


def blocks_of(x: Floats, w: Floats) -> Iterator[slice]:
    """Yields the blocks of images x for filters w."""
    return image_blocks(x.shape, w[0].size, SLAB_SIZE)


def tiles_of(out: Floats, row_size: int) -> Iterator[slice]:
    """Yields tiles of rows of a pooled block `out`, (F, H // 2, W // 2, n); the map has `row_size` a row."""
    down, tile = out.shape[1], max(1, TILE_SIZE // (2 * row_size))
    return (slice(start, min(start + tile, down)) for start in range(0, down, tile))


def above(rows: slice) -> slice:
    """Returns the rows of the map over which rows of the pooled map lie."""
    return slice(2 * rows.start, 2 * rows.stop)


def pool_tile(maps: Floats, wins: Wins, out: Floats, scratch: Scratch) -> None:
    """Writes the maxima of maps, (2 * rows, W * n, F), into `out`, (F, rows, W // 2, n), and `wins`."""
    n_filters, down, across, n_images = out.shape
    pooled = scratch.array("pooled", (down, across, n_images, n_filters), out.dtype)
    width = maps.shape[1] // n_images
    pool_rows(_pixels(maps, width), wins, _pixels(pooled, across), scratch)
    # A row at a time: the strided reads of one row stay in the L1 cache.
    for row in range(down):
        out[:, row] = pooled[row].transpose(2, 0, 1)


def unpool_tile(dout: Floats, wins: Wins, out: Floats, scratch: Scratch) -> None:
    """Writes the gradient of maps into `out`, (2 * rows, W * n, F), from dout, (F, rows, W // 2, n)."""
    n_filters, down, across, n_images = dout.shape
    dpooled = scratch.array("pooled", (down, across, n_images, n_filters), dout.dtype)
    dpooled[...] = dout.transpose(1, 2, 3, 0)
    unpool_rows(_pixels(dpooled, across), wins, _pixels(out, out.shape[1] // n_images), scratch)


def relu_gradient(dout: Floats, out: Floats, scratch: Scratch) -> Floats:
    """Returns dout where out is above 0, else 0, as (F, H // 2, W // 2, N) in `scratch`.

    Rows of different filters lie a line of the cache more apart than they are long. Without it, with as many
    images as are usual, the pixels of one place have addresses that only few lines of the cache may hold, and
    `unpool_tile` takes five times as long to put the filters last.
    """
    n_images, n_filters, down, across = dout.shape
    size = down * across * n_images
    spread = scratch.array("dpooled", (n_filters, size + LINE), dout.dtype)[:, :size]
    dpooled = spread.reshape(n_filters, down, across, n_images)
    np.multiply(dout.transpose(1, 2, 3, 0), out.transpose(1, 2, 3, 0) > 0, out=dpooled)
    return dpooled


def _pixels(maps: Floats, width: int) -> Floats:
    """Returns maps (rows, W * n, F) or (rows, W, n, F) as the pooling takes them, (rows, 1, W, n * F)."""
    return maps.reshape(len(maps), 1, width, -1)
