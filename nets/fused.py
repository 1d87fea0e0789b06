"""The first stage of a convolutional net in one pass: convolution, ReLU and 2x2 max pooling, block by block.

`conv_relu_pool_forward(x, w, b, scratch) -> (out, cache)` and its backward; the textbook pairs of `nets.layers` are
the oracle. What makes it fast (each measured in tests/benchmarks/README.md):

- slabs instead of im2col (`nets.slabs`);
- blocks of images so small that a slab stays in the L2 cache, so large that matrix products run at full speed;
- rows of the map are pooled while they are in the cache, and never exist all at once;
- bias and ReLU come after the pooling, on a quarter of the pixels: the maximum commutes with both;
- masks for the backward pass instead of maps, and no gradient with respect to the images.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nets.arrays import Floats
from nets.pool2x2 import Wins, pool_2x2, unpool_2x2
from nets.scratch import Scratch
from nets.slabs import (
    add_filter_gradient,
    filters_as_rows,
    image_blocks,
    in_memory_order,
    pad_before,
    rows_as_filters,
    slabs,
)

TILE_SIZE = 131_072
"""Numbers in the rows of a map that are pooled at a time, at most (but at least two rows): 0.5 MB of float32."""


class FusedCache(NamedTuple):
    """What `conv_relu_pool_backward` needs; `wins` has one item for each block of images."""

    x: Floats
    w: Floats
    out: Floats
    wins: list[Wins]


def conv_relu_pool_forward(x: Floats, w: Floats, b: Floats, scratch: Scratch) -> tuple[Floats, FusedCache]:
    """Returns max pooling of ReLU of x convolved with w, (N, F, H // 2, W // 2) fresh, and the cache.

    In memory the order is (F, H // 2, W // 2, N), so that reshaping it to rows for an affine layer copies nothing.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K), at stride 1; the map keeps the size of the image.
        b: biases, (F,).
        scratch: memory for temporary arrays.
    """
    n_images, _, height, width = x.shape
    filters = filters_as_rows(w)
    pooled = np.empty((len(w), height // 2, width // 2, n_images), x.dtype)
    wins = []
    for images in image_blocks(x.shape, w[0].size):
        windows = slabs(x[images], w.shape[2], pad_before(w.shape[2]), scratch)
        wins.append(_pool_block(windows, filters, pooled[..., images].transpose(1, 0, 2, 3), width, scratch))
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
    dpooled = in_memory_order(dout * (cache.out > 0))
    np.add.reduce(dpooled, axis=(0, 2, 3), out=db)
    drows = np.zeros((w[0].size, len(w)), x.dtype)
    for images, wins in zip(image_blocks(x.shape, w[0].size), cache.wins, strict=True):
        windows = slabs(x[images], w.shape[2], pad_before(w.shape[2]), scratch)
        _add_block_gradient(drows, windows, dpooled[..., images], wins, scratch)
    rows_as_filters(drows, dw)
    return dw, db


def _pool_block(windows: Floats, filters: Floats, out: Floats, width: int, scratch: Scratch) -> Wins:
    """Writes the maxima of a block of images into `out`, (H // 2, F, W // 2, n), and returns the winners."""
    down, n_filters, _, n_images = out.shape
    wins = Wins.empty((2 * down, n_filters, width, n_images))
    for rows in _row_tiles(down, n_filters * windows.shape[2]):
        above = windows[2 * rows.start : 2 * rows.stop]
        maps = scratch.array("maps", (len(above), n_filters, width, n_images), windows.dtype)
        np.matmul(filters, above, out=maps.reshape(len(above), n_filters, -1))
        pool_2x2(maps, wins.rows(rows), out[rows], scratch)
    return wins


def _add_block_gradient(
    drows: Floats, windows: Floats, dpooled: Floats, wins: Wins, scratch: Scratch
) -> None:
    """Adds the gradient of a block of images with respect to the filters, (K * C * K, F)."""
    down, n_filters, width, n_images = wins.upper.shape
    for rows in _row_tiles(down, n_filters * windows.shape[2]):
        above = windows[2 * rows.start : 2 * rows.stop]
        dmaps = scratch.array("maps", (len(above), n_filters, width, n_images), windows.dtype)
        unpool_2x2(dpooled[rows], wins.rows(rows), dmaps, scratch)
        add_filter_gradient(drows, above, dmaps)


def _row_tiles(down: int, row_size: int) -> Iterator[slice]:
    """Yields tiles of rows of the pooled map; the rows of the map under a tile have at most `TILE_SIZE` numbers."""
    tile = max(1, TILE_SIZE // (2 * row_size))
    return (slice(start, min(start + tile, down)) for start in range(0, down, tile))
