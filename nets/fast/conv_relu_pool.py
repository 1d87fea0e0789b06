"""Convolution, ReLU and 2x2 max pooling in one pass, block by block: the first stage of a convolutional net.

What makes it fast (each measured in tests/benchmarks/README.md):

- slabs instead of im2col (`nets.fast.slabs`);
- rows of the map are pooled while they are in the cache, and never exist all at once (`nets.fast.blocks`);
- bias and ReLU come after the pooling, on a quarter of the pixels: the maximum commutes with both;
- masks for the backward pass instead of maps; the map's gradient exists as a whole only if the images' is
  wanted.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, floating
from nets.fast.blocks import above, blocks_of, pool_tile, relu_gradient, tiles_of, unpool_tile
from nets.fast.convolution import check_conv, conv_input_gradient
from nets.fast.pooling import Wins, check_pool_param
from nets.fast.scratch import Scratch
from nets.fast.slabs import (
    add_filter_gradient,
    as_images,
    filters_as_rows,
    pad_before,
    padded_images,
    rows_as_filters,
    slabs,
)


class ConvReluPoolCache(NamedTuple):
    """What `conv_relu_pool_backward` needs; `padded` and `wins` have one item for each block of images."""

    x: Floats
    w: Floats
    out: Floats
    padded: list[Floats]
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
        ValueError: if the filters are not square, a shape does not fit, or the parameters say something else.
    """
    check_conv(x, w, conv_param, b=b)
    check_pool_param(pool_param)
    x, w, b = floating(x), floating(w), floating(b)
    scratch = scratch or Scratch()
    filters, side = filters_as_rows(w).T.copy(), w.shape[2]
    pooled = np.empty((len(w), x.shape[2] // 2, x.shape[3] // 2, len(x)), x.dtype)
    padded, wins = [], []
    for images in blocks_of(x, w):
        padded.append(padded_images(x[images], side, pad_before(side)))
        wins.append(Wins.empty((x.shape[2] // 2 * 2, 1, x.shape[3], padded[-1].shape[3] * len(w))))
        windows = slabs(padded[-1], side, scratch)
        for rows in tiles_of(pooled[..., images], len(w) * windows.shape[2]):
            maps = map_rows(windows[above(rows)], filters, scratch)
            pool_tile(maps, wins[-1].rows(rows), pooled[:, rows, :, images], scratch)
    pooled += b[:, None, None, None]
    np.maximum(pooled, 0, out=pooled)
    out = pooled.transpose(3, 0, 1, 2)
    return out, ConvReluPoolCache(x, w, out, padded, wins)


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
    dpooled = relu_gradient(dout, cache.out, scratch)
    np.add.reduce(dpooled, axis=(1, 2, 3), out=db)
    drows = np.zeros((w[0].size, len(w)), x.dtype)
    dmaps = empty_maps(x, w, wanted=input_gradient)
    for images, padded, wins in zip(blocks_of(x, w), cache.padded, cache.wins, strict=True):
        windows = slabs(padded, w.shape[2], scratch)
        for rows, drow_maps in _map_gradients(dpooled[..., images], wins, windows.shape[2], scratch):
            add_filter_gradient(drows, windows[rows], drow_maps)
            if dmaps is not None:
                dmaps[rows, ..., images] = filters_second(drow_maps, x.shape[3])
    rows_as_filters(drows, dw)
    dx = np.empty(0, x.dtype) if dmaps is None else conv_input_gradient(as_images(dmaps), w, scratch)
    return dx, dw, db


def map_rows(windows: Floats, filters: Floats, scratch: Scratch) -> Floats:
    """Returns the rows of the map of some slabs, (rows, W * n, F), in `scratch`."""
    n_rows, _, n_pixels = windows.shape
    maps = scratch.array("maps", (n_rows, n_pixels, filters.shape[1]), filters.dtype)
    return np.matmul(windows.transpose(0, 2, 1), filters, out=maps)


def empty_maps(x: Floats, w: Floats, *, wanted: bool) -> Floats | None:
    """Returns a gradient of the maps to be filled in, (H, F, W, N), all zero; None if not wanted."""
    n_images, _, height, width = x.shape
    return np.zeros((height, len(w), width, n_images), x.dtype) if wanted else None


def filters_second(maps: Floats, width: int) -> Floats:
    """Returns maps (rows, W * n, F) as (rows, F, W, n)."""
    return maps.reshape(len(maps), width, -1, maps.shape[2]).transpose(0, 3, 1, 2)


def _map_gradients(
    dout: Floats, wins: Wins, n_pixels: int, scratch: Scratch
) -> Iterator[tuple[slice, Floats]]:
    """Yields rows of the map and the gradient with respect to them, (rows, W * n, F), in `scratch`.

    Args:
        dout: gradient of the pooled maps of a block of images, (F, H // 2, W // 2, n).
        wins: who won in the block.
        n_pixels: W * n, of the map.
        scratch: memory for the results, which the next one overwrites.
    """
    for rows in tiles_of(dout, len(dout) * n_pixels):
        shape = (2 * (rows.stop - rows.start), n_pixels, len(dout))
        dmaps = scratch.array("maps", shape, dout.dtype)
        unpool_tile(dout[:, rows], wins.rows(rows), dmaps, scratch)
        yield above(rows), dmaps
