"""Convolution at stride 1 that keeps the size of the image, by slabs, and 2x2 pooling after it.

These are the fast versions of `nets.layers.conv_forward` and of ReLU and pooling, for nets that have
something between convolution and ReLU; without it `nets.fast.conv_relu_pool` is faster. Images have the
shape (N, C, H, W) and should have the memory order (H, C, W, N) (see `nets.fast.slabs`), in which the results
are.
"""

from typing import NamedTuple

import numpy as np

from nets.arrays import Floats
from nets.fast.pool2x2 import Wins, pool_2x2, unpool_2x2
from nets.fast.scratch import Scratch
from nets.fast.slabs import (
    add_filter_gradient,
    as_images,
    filters_as_rows,
    image_blocks,
    in_memory_order,
    pad_before,
    rows_as_filters,
    slabs,
)

SLAB_SIZE = 200_000
"""Numbers in a slab, at most: 0.8 MB of float32, so that it stays in the L2 cache."""

GRADIENT_SIZE = 65_536
"""Numbers in the filter gradients of the rows multiplied at a time, at most (but at least one row)."""


class SlabCache(NamedTuple):
    """What `conv_backward` needs."""

    x: Floats
    w: Floats


def conv_forward(x: Floats, w: Floats, b: Floats, scratch: Scratch) -> tuple[Floats, SlabCache]:
    """Returns x convolved with w, (N, F, H, W) fresh, and the cache.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K), at stride 1; the map keeps the size of the image.
        b: biases, (F,).
        scratch: memory for temporary arrays.
    """
    out = _correlated(x, w, pad_before(w.shape[2]), scratch)
    out += b[:, None, None]
    return out, SlabCache(x, w)


def conv_backward(
    dout: Floats,
    cache: SlabCache,
    out: tuple[Floats, Floats],
    scratch: Scratch,
    *,
    input_gradient: bool = True,
) -> Floats:
    """Returns the gradient with respect to x (empty if not asked for); dw and db are written into `out`."""
    x, w = cache
    dw, db = out
    np.add.reduce(dout, axis=(0, 2, 3), out=db)
    drows = np.zeros((w[0].size, len(w)), x.dtype)
    tile = max(1, GRADIENT_SIZE // drows.size)
    for images in image_blocks(x.shape, w[0].size, SLAB_SIZE):
        windows = slabs(x[images], w.shape[2], pad_before(w.shape[2]), scratch)
        dmaps = in_memory_order(dout[images]).reshape(len(windows), len(w), -1).transpose(0, 2, 1)
        for top in range(0, len(windows), tile):
            add_filter_gradient(drows, windows[top : top + tile], dmaps[top : top + tile])
    rows_as_filters(drows, dw)
    if not input_gradient:
        return np.empty(0, x.dtype)
    flipped = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return _correlated(dout, flipped, w.shape[2] - 1 - pad_before(w.shape[2]), scratch)


def _correlated(x: Floats, w: Floats, before: int, scratch: Scratch) -> Floats:
    """Returns the products of all windows of x with all filters of w, (N, F, H, W) fresh."""
    n_images, _, height, width = x.shape
    maps = np.empty((height, len(w), width, n_images), x.dtype)
    filters = filters_as_rows(w)
    for images in image_blocks(x.shape, w[0].size, SLAB_SIZE):
        windows = slabs(x[images], w.shape[2], before, scratch)
        block = maps[..., images]
        whole = block.flags.c_contiguous
        products = block if whole else scratch.array("maps", block.shape, x.dtype)
        np.matmul(filters, windows, out=products.reshape(height, len(w), -1))
        if not whole:
            block[...] = products
    return as_images(maps)


class ReluPoolCache(NamedTuple):
    """What `relu_pool_backward` needs."""

    shape: tuple[int, ...]
    out: Floats
    wins: Wins


def relu_pool_forward(x: Floats, scratch: Scratch) -> tuple[Floats, ReluPoolCache]:
    """Returns 2x2 max pooling of ReLU of x, (N, C, H // 2, W // 2) fresh, and the cache.

    In memory the order is (C, H // 2, W // 2, N), so that reshaping it to rows for an affine layer copies
    nothing.
    """
    n_images, channels, height, width = x.shape
    maps = in_memory_order(x)[: height // 2 * 2]
    wins = Wins.empty(maps.shape)
    pooled = np.empty((channels, height // 2, width // 2, n_images), x.dtype)
    pool_2x2(maps, wins, pooled.transpose(1, 0, 2, 3), scratch)
    np.maximum(pooled, 0, out=pooled)
    out = pooled.transpose(3, 0, 1, 2)
    return out, ReluPoolCache(x.shape, out, wins)


def relu_pool_backward(dout: Floats, cache: ReluPoolCache, scratch: Scratch) -> Floats:
    """Returns the gradient with respect to x, fresh, in the memory order (H, C, W, N)."""
    n_images, channels, height, width = cache.shape
    dmaps = np.empty((height, channels, width, n_images), dout.dtype)
    dmaps[height // 2 * 2 :] = 0
    dpooled = in_memory_order(dout * (cache.out > 0))
    unpool_2x2(dpooled, cache.wins, dmaps[: height // 2 * 2], scratch)
    return as_images(dmaps)
