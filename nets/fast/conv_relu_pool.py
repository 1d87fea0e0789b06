"""Convolution, ReLU and 2x2 max pooling in one pass, block by block: the first stage of a convolutional net.

What makes it fast (each measured in tests/benchmarks/README.md):

- slabs instead of im2col (`nets.fast.slabs`);
- blocks of images so small that a slab stays in the L2 cache, so large that matrix products run at full
  speed;
- filters last in the maps, the order in which OpenBLAS writes them fastest;
- rows of the map are pooled while they are in the cache, and never exist all at once;
- bias and ReLU come after the pooling, on a quarter of the pixels: the maximum commutes with both;
- masks for the backward pass instead of maps; the map's gradient exists as a whole only if the images' is
  wanted.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats
from nets.fast.convolution import check_conv_param, conv_input_gradient
from nets.fast.pooling import Wins, check_pool_param, pool_rows, unpool_rows
from nets.fast.scratch import Scratch
from nets.fast.slabs import (
    add_filter_gradient,
    as_images,
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


class ConvReluPoolCache(NamedTuple):
    """What `conv_relu_pool_backward` needs; `wins` has one item for each block of images."""

    x: Floats
    w: Floats
    out: Floats
    wins: list[Wins]


def conv_relu_pool_forward(
    x: Floats,
    w: Floats,
    b: Floats,
    conv_param: Mapping[str, Any],
    pool_param: Mapping[str, Any],
    *,
    scratch: Scratch | None = None,
) -> tuple[Floats, ConvReluPoolCache]:
    """Returns max pooling of ReLU of x convolved with w, (N, F, H // 2, W // 2) fresh, and the cache.

    In memory the order is (F, H // 2, W // 2, N), so that reshaping it to rows for an affine layer copies
    nothing.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K).
        b: biases, (F,).
        conv_param: "stride", 1, and "pad", "same".
        pool_param: "pool_height", "pool_width" and "stride", each 2.
        scratch: memory for temporary arrays; fresh by default.

    Raises:
        ValueError: if the filters are not square, or the parameters say something else.
    """
    check_conv_param(w, conv_param)
    check_pool_param(pool_param)
    scratch = scratch or Scratch()
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
    return out, ConvReluPoolCache(x, w, out, wins)


def conv_relu_pool_backward(
    dout: Floats,
    cache: ConvReluPoolCache,
    *,
    input_gradient: bool = True,
    out: tuple[Floats, Floats] | None = None,
    scratch: Scratch | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db) with respect to x, w and b.

    Args:
        dout: gradient from above, (N, F, H // 2, W // 2).
        cache: from `conv_relu_pool_forward`.
        input_gradient: False skips dx, which the first layer of a net does not need; dx is then empty.
        out: arrays that dw and db are written into, overwritten; fresh ones by default.
        scratch: memory for temporary arrays; fresh by default.
    """
    x, w = cache.x, cache.w
    scratch = scratch or Scratch()
    dw, db = out or (np.empty_like(w), np.empty(len(w), w.dtype))
    dpooled = (dout * (cache.out > 0)).transpose(1, 2, 3, 0)
    np.add.reduce(dpooled, axis=(1, 2, 3), out=db)
    drows = np.zeros((w[0].size, len(w)), x.dtype)
    dmaps = _empty_maps(x, w, wanted=input_gradient)
    for images, wins in zip(image_blocks(x.shape, w[0].size, SLAB_SIZE), cache.wins, strict=True):
        windows = slabs(x[images], w.shape[2], pad_before(w.shape[2]), scratch)
        for rows, drow_maps in _map_gradients(dpooled[..., images], wins, x.shape[3], scratch):
            add_filter_gradient(drows, windows[rows], drow_maps)
            if dmaps is not None:
                dmaps[rows, ..., images] = _filters_second(drow_maps, x.shape[3])
    rows_as_filters(drows, dw)
    dx = np.empty(0, x.dtype) if dmaps is None else conv_input_gradient(as_images(dmaps), w, scratch)
    return dx, dw, db


def _empty_maps(x: Floats, w: Floats, *, wanted: bool) -> Floats | None:
    """Returns a gradient of the maps to be filled in, (H, F, W, N), all zero; None if not wanted."""
    n_images, _, height, width = x.shape
    return np.zeros((height, len(w), width, n_images), x.dtype) if wanted else None


def _filters_second(maps: Floats, width: int) -> Floats:
    """Returns maps (rows, W * n, F) as (rows, F, W, n)."""
    return maps.reshape(len(maps), width, -1, maps.shape[2]).transpose(0, 3, 1, 2)


def _pool_block(windows: Floats, filters: Floats, out: Floats, width: int, scratch: Scratch) -> Wins:
    """Writes the maxima of a block of images into `out`, (F, H // 2, W // 2, n), and returns the winners."""
    n_filters, down, across, n_images = out.shape
    pooled = scratch.array("pooled", (down, across, n_images, n_filters), out.dtype)
    wins = Wins.empty((2 * down, 1, width, n_images * n_filters))
    for rows in _row_tiles(down, n_filters * windows.shape[2]):
        above = windows[2 * rows.start : 2 * rows.stop]
        maps = scratch.array("maps", (len(above), windows.shape[2], n_filters), out.dtype)
        np.matmul(above.transpose(0, 2, 1), filters, out=maps)
        pool_rows(_pixels(maps, width), wins.rows(rows), _pixels(pooled[rows], across), scratch)
    out[...] = pooled.transpose(3, 0, 1, 2)
    return wins


def _map_gradients(dout: Floats, wins: Wins, width: int, scratch: Scratch) -> Iterator[tuple[slice, Floats]]:
    """Yields rows of the map and the gradient with respect to them, (rows, W * n, F), in `scratch`.

    Args:
        dout: gradient of the pooled maps of a block of images, (F, H // 2, W // 2, n).
        wins: who won in the block.
        width: W, of the map.
        scratch: memory for the results, which the next one overwrites.
    """
    n_filters, down, across, n_images = dout.shape
    dpooled = scratch.array("pooled", (down, across, n_images, n_filters), dout.dtype)
    dpooled[...] = dout.transpose(1, 2, 3, 0)
    for rows in _row_tiles(down, n_filters * width * n_images):
        above = slice(2 * rows.start, 2 * rows.stop)
        dmaps = scratch.array("maps", (above.stop - above.start, width * n_images, n_filters), dout.dtype)
        unpool_rows(_pixels(dpooled[rows], across), wins.rows(rows), _pixels(dmaps, width), scratch)
        yield above, dmaps


def _pixels(maps: Floats, width: int) -> Floats:
    """Returns maps (rows, W * n, F) or (rows, W, n, F) as the pooling takes them, (rows, 1, W, n * F)."""
    return maps.reshape(len(maps), 1, width, -1)


def _row_tiles(down: int, row_size: int) -> Iterator[slice]:
    """Yields tiles of rows of the pooled map, under each of which lie at most `TILE_SIZE` numbers."""
    tile = max(1, TILE_SIZE // (2 * row_size))
    return (slice(start, min(start + tile, down)) for start in range(0, down, tile))
