"""The first stage of a convolutional net in one pass: convolution, ReLU and 2x2 max pooling, block by block.

`conv_relu_pool_forward(x, w, b, scratch) -> (out, cache)` and its backward; the textbook pairs of
`nets.layers` are the oracle. What makes it fast (each measured in tests/benchmarks/README.md):

- slabs instead of im2col (`nets.fast.slabs`);
- blocks of images so small that a slab stays in the L2 cache, so large that matrix products run at full
  speed;
- filters last in the maps, the order in which OpenBLAS writes them fastest;
- rows of the map are pooled while they are in the cache, and never exist all at once;
- bias and ReLU come after the pooling, on a quarter of the pixels: the maximum commutes with both;
- masks for the backward pass instead of maps, and no gradient with respect to the images.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nets.arrays import Floats
from nets.fast.pool2x2 import Wins, pool_2x2, unpool_2x2
from nets.fast.scratch import Scratch
from nets.fast.slabs import (
    add_filter_gradient,
    filters_as_rows,
    image_blocks,
    pad_before,
    rows_as_filters,
    slabs,
)

SLAB_SIZE = 150_000
"""Numbers in a slab, at most: 0.6 MB of float32, so that it stays in the L2 cache."""

TILE_SIZE = 65_536
"""Numbers in the rows of a map that are pooled at a time, at most (but at least two rows)."""


class FusedCache(NamedTuple):
    """What `conv_relu_pool_backward` needs; `wins` has one item for each block of images."""

    x: Floats
    w: Floats
    out: Floats
    wins: list[Wins]


def conv_relu_pool_forward(x: Floats, w: Floats, b: Floats, scratch: Scratch) -> tuple[Floats, FusedCache]:
    """Returns max pooling of ReLU of x convolved with w, (N, F, H // 2, W // 2) fresh, and the cache.

    In memory the order is (F, H // 2, W // 2, N), so that reshaping it to rows for an affine layer copies
    nothing.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K), at stride 1; the map keeps the size of the image.
        b: biases, (F,).
        scratch: memory for temporary arrays.
    """
    n_images, _, height, width = x.shape
    filters = filters_as_rows(w).T.copy()
    pooled = np.empty((len(w), height // 2, width // 2, n_images), x.dtype)
    wins = []
    for images in image_blocks(x.shape, w[0].size, SLAB_SIZE):
        windows = slabs(x[images], w.shape[2], pad_before(w.shape[2]), scratch)
        wins.append(_pool_block(windows, filters, pooled[..., images], width, scratch))
    pooled += b[:, None, None, None]
    np.maximum(pooled, 0, out=pooled)
    out = pooled.transpose(3, 0, 1, 2)
    return out, FusedCache(x, w, out, wins)


def conv_relu_pool_backward(
    dout: Floats, cache: FusedCache, out: tuple[Floats, Floats], scratch: Scratch
) -> tuple[Floats, Floats]:
    """Returns the gradients (dw, db), written into `out`; nobody needs that of the images.

    Args:
        dout: gradient from above, (N, F, H // 2, W // 2).
        cache: from `conv_relu_pool_forward`.
        out: arrays in the shapes of w and b, overwritten.
        scratch: memory for temporary arrays.
    """
    x, w = cache.x, cache.w
    dw, db = out
    dpooled = (dout * (cache.out > 0)).transpose(1, 2, 3, 0)
    np.add.reduce(dpooled, axis=(1, 2, 3), out=db)
    drows = np.zeros((w[0].size, len(w)), x.dtype)
    for images, wins in zip(image_blocks(x.shape, w[0].size, SLAB_SIZE), cache.wins, strict=True):
        windows = slabs(x[images], w.shape[2], pad_before(w.shape[2]), scratch)
        _add_block_gradient(drows, windows, dpooled[..., images], wins, scratch)
    rows_as_filters(drows, dw)
    return dw, db


def _pool_block(windows: Floats, filters: Floats, out: Floats, width: int, scratch: Scratch) -> Wins:
    """Writes the maxima of a block of images into `out`, (F, H // 2, W // 2, n), and returns the winners."""
    n_filters, down, across, n_images = out.shape
    pooled = scratch.array("pooled", (down, across, n_images, n_filters), out.dtype)
    wins = Wins.empty((2 * down, 1, width, n_images * n_filters))
    for rows in _row_tiles(down, n_filters * windows.shape[2]):
        above = windows[2 * rows.start : 2 * rows.stop]
        maps = scratch.array("maps", (len(above), windows.shape[2], n_filters), out.dtype)
        np.matmul(above.transpose(0, 2, 1), filters, out=maps)
        pool_2x2(_pixels(maps, width), wins.rows(rows), _pixels(pooled[rows], across), scratch)
    out[...] = pooled.transpose(3, 0, 1, 2)
    return wins


def _add_block_gradient(drows: Floats, windows: Floats, dout: Floats, wins: Wins, scratch: Scratch) -> None:
    """Adds the gradient of a block of images with respect to the filters, (K * C * K, F)."""
    n_filters, down, across, n_images = dout.shape
    dpooled = scratch.array("pooled", (down, across, n_images, n_filters), dout.dtype)
    dpooled[...] = dout.transpose(1, 2, 3, 0)
    for rows in _row_tiles(down, n_filters * windows.shape[2]):
        above = windows[2 * rows.start : 2 * rows.stop]
        dmaps = scratch.array("maps", (len(above), windows.shape[2], n_filters), dout.dtype)
        width = windows.shape[2] // n_images
        unpool_2x2(_pixels(dpooled[rows], across), wins.rows(rows), _pixels(dmaps, width), scratch)
        add_filter_gradient(drows, above, dmaps)


def _pixels(maps: Floats, width: int) -> Floats:
    """Returns maps (rows, W * n, F) or (rows, W, n, F) as the pooling takes them, (rows, 1, W, n * F)."""
    return maps.reshape(len(maps), 1, width, -1)


def _row_tiles(down: int, row_size: int) -> Iterator[slice]:
    """Yields tiles of rows of the pooled map, under each of which lie at most `TILE_SIZE` numbers."""
    tile = max(1, TILE_SIZE // (2 * row_size))
    return (slice(start, min(start + tile, down)) for start in range(0, down, tile))
