"""Convolution, batch normalization in training, ReLU and 2x2 max pooling in one pass, block by block.

The normalization needs the mean and variance of the whole map before its first number is known, and yet the
map is gone through only once:

- the mean of a map is its filter times the mean of all windows, which are sums of the images;
- rows of the map are centred, squared and pooled while they are in the cache: a normalization rises with its
  input, or falls where gamma is negative, so that it commutes with the maximum of the map times the sign of
  gamma;
- gamma, beta and ReLU come after the pooling, on a quarter of the pixels;
- the bias is no part of it: the mean takes it away again, and its gradient is 0.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, floating
from nets.fast.blocks import blocks_of, pool_tile, relu_gradient, tiles_of, unpool_tile
from nets.fast.conv_relu_pool import empty_maps, filters_second
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

EPS, MOMENTUM = 1e-5, 0.9


class _Block(NamedTuple):
    """What is kept of a block of images: the map, (H, W * n, F), is centred and has the sign of gamma."""

    padded: Floats
    maps: Floats
    wins: Wins


class ConvBatchnormReluPoolCache(NamedTuple):
    """What the backward pass needs, and what the running statistics have become.

    `pooled` is the pooled map before gamma and beta, centred and with the sign of gamma, (F, H', W', N).
    """

    x: Floats
    w: Floats
    gamma: Floats
    inverse_std: Floats
    pooled: Floats
    out: Floats
    blocks: list[_Block]
    running_mean: Floats
    running_var: Floats


def conv_batchnorm_relu_pool_forward(
    x: Floats,
    w: Floats,
    b: Floats,
    gamma: Floats,
    beta: Floats,
    conv_param: Mapping[str, Any],
    bn_param: Mapping[str, Any],
    pool_param: Mapping[str, Any],
    *,
    scratch: Scratch | None = None,
) -> tuple[Floats, ConvBatchnormReluPoolCache]:
    """Returns the pooled ReLU of the normalized convolution, (N, F, H // 2, W // 2) fresh, and the cache.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K).
        b: biases, (F,); they count in the running mean alone.
        gamma: scales, (F,).
        beta: shifts, (F,).
        conv_param: "stride", 1, and "pad", "same".
        bn_param: as for `nets.layers.batchnorm_forward`, with the mode "train".
        pool_param: "pool_height", "pool_width" and "stride", each 2.
        scratch: memory for temporary arrays; fresh by default.

    Raises:
        ValueError: if the filters are not square, a shape does not fit or is empty, or the parameters say
            something else.
    """
    check_conv(x, w, conv_param, b=b, gamma=gamma, beta=beta)
    check_pool_param(pool_param)
    if bn_param["mode"] != "train":
        raise ValueError(f'the fast pass takes the mode "train", but got {bn_param["mode"]!r}')
    if not x.size:
        raise ValueError(f"x must have the shape (N, C, H, W) without empty axes, but got {x.shape}")
    x, w, b, gamma, beta = (floating(array) for array in (x, w, b, gamma, beta))
    scratch = scratch or Scratch()
    n_images, _, height, width = x.shape
    signed = w * _fit(_sign(gamma))
    mean, squares, blocks = map_means(x, signed), np.zeros(len(w)), []
    pooled = np.empty((len(w), height // 2, width // 2, n_images), x.dtype)
    for images in blocks_of(x, w):
        block, its_squares = _forward_block(x[images], signed, mean, pooled[..., images], scratch)
        squares += its_squares
        blocks.append(block)
    var = (squares / (n_images * height * width)).astype(x.dtype)
    inverse_std = 1 / np.sqrt(var + float(bn_param.get("eps", EPS)))
    out = pooled * _fit(abs(gamma) * inverse_std)
    out += _fit(beta)
    np.maximum(out, 0, out=out)
    momentum = float(bn_param.get("momentum", MOMENTUM))
    running_mean = momentum * bn_param.get("running_mean", np.zeros_like(b))
    running_var = momentum * bn_param.get("running_var", np.ones_like(b))
    running_mean += (1 - momentum) * (mean * _sign(gamma) + b)
    running_var += (1 - momentum) * var
    out = out.transpose(3, 0, 1, 2)
    cache = ConvBatchnormReluPoolCache(
        x, w, gamma, inverse_std, pooled, out, blocks, running_mean, running_var
    )
    return out, cache


def conv_batchnorm_relu_pool_backward(
    dout: Floats,
    cache: ConvBatchnormReluPoolCache,
    *,
    input_gradient: bool = True,
    out: tuple[Floats, ...] | None = None,
    scratch: Scratch | None = None,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db, dgamma, dbeta).

    With s the sign of gamma, dmap = s |gamma| / std * (dnormalized - mean(dnormalized) - normalized *
    mean(dnormalized * normalized)); the means are dbeta and dgamma over the number of pixels.

    Args:
        dout: gradient from above, (N, F, H // 2, W // 2).
        cache: from `conv_batchnorm_relu_pool_forward`.
        input_gradient: False skips dx, which the first layer of a net does not need; dx is then empty.
        out: arrays that dw, db, dgamma and dbeta are written into, overwritten; fresh ones by default.
        scratch: memory for temporary arrays; fresh by default.

    Source: Ioffe and Szegedy 2015, section 3.
    """
    x, w, gamma = cache.x, cache.w, cache.gamma
    scratch = scratch or Scratch()
    dw, db, dgamma, dbeta = out or (np.empty_like(w), *(np.empty_like(gamma) for _ in range(3)))
    dpooled = relu_gradient(dout, cache.out, scratch)
    db[...] = 0
    np.add.reduce(dpooled, axis=(1, 2, 3), out=dbeta)
    np.multiply(np.einsum("fhwn,fhwn->f", dpooled, cache.pooled), cache.inverse_std, out=dgamma)
    n_pixels = len(x) * x.shape[2] * x.shape[3]
    slope, shift = dgamma * cache.inverse_std / n_pixels, dbeta / n_pixels
    dgamma *= _sign(gamma)
    drows = np.zeros((w[0].size, len(w)), x.dtype)
    dmaps = empty_maps(x, w, wanted=input_gradient)
    for images, block in zip(blocks_of(x, w), cache.blocks, strict=True):
        windows = slabs(block.padded, w.shape[2], scratch)
        for rows, drow_maps in _map_gradients(dpooled[..., images], block, slope, shift, scratch):
            add_filter_gradient(drows, windows[rows], drow_maps)
            if dmaps is not None:
                dmaps[rows, ..., images] = filters_second(drow_maps, x.shape[3])
    scale = gamma * cache.inverse_std
    drows *= scale
    rows_as_filters(drows, dw)
    dx = np.empty(0, x.dtype)
    if dmaps is not None:
        dx = conv_input_gradient(as_images(dmaps), w * _fit(scale), scratch)
    return dx, dw, db, dgamma, dbeta


def map_means(x: Floats, w: Floats) -> Floats:
    """Returns the mean over images and pixels of x convolved with w at the size of the image, (F,) fresh."""
    n_images, _, height, width = x.shape
    side = w.shape[2]
    total = padded_images(np.add.reduce(x, axis=0, dtype=np.float64)[None], side, pad_before(side))[..., 0]
    windows = np.lib.stride_tricks.sliding_window_view(total, (height, width), axis=(0, 2))
    sums = np.add.reduce(windows, axis=(3, 4)).transpose(1, 0, 2)
    means: Floats = np.tensordot(w.astype(np.float64), sums, axes=3) / (n_images * height * width)
    return means.astype(x.dtype)


def _forward_block(
    x: Floats, w: Floats, mean: Floats, pooled: Floats, scratch: Scratch
) -> tuple[_Block, Floats]:
    """Writes the pooled maps of a block of images x, and returns what is kept of it and the sums of squares.

    Args:
        x: some images.
        w: filters with the sign of gamma.
        mean: of the maps that they give.
        pooled: where the maxima of the centred maps are written, (F, H // 2, W // 2, n).
        scratch: memory for temporary arrays.
    """
    n_images, _, height, width = x.shape
    padded = padded_images(x, w.shape[2], pad_before(w.shape[2]))
    windows, filters = slabs(padded, w.shape[2], scratch), filters_as_rows(w).T.copy()
    centred = np.empty((height, width * n_images, len(w)), x.dtype)
    wins = Wins.empty((height // 2 * 2, 1, width, n_images * len(w)))
    squares = np.zeros(len(w))
    for rows, map_rows in _tiles(pooled, centred):
        maps = scratch.array("maps", centred[map_rows].shape, x.dtype)
        np.matmul(windows[map_rows].transpose(0, 2, 1), filters, out=maps)
        tile = centred[map_rows]
        np.subtract(_long_rows(maps, n_images), np.tile(mean, n_images), out=_long_rows(tile, n_images))
        np.multiply(tile, tile, out=maps)
        squares += np.dot(np.ones(maps[..., 0].size, x.dtype), maps.reshape(-1, len(w)))
        pool_tile(tile[: 2 * (rows.stop - rows.start)], wins.rows(rows), pooled[:, rows], scratch)
    return _Block(padded, centred, wins), squares


def _map_gradients(
    dout: Floats, block: _Block, slope: Floats, shift: Floats, scratch: Scratch
) -> Iterator[tuple[slice, Floats]]:
    """Yields rows of the map and the gradient with respect to them times std / |gamma|, in `scratch`.

    Args:
        dout: gradient of the pooled maps of a block of images, (F, H // 2, W // 2, n).
        block: what is kept of it.
        slope: what is taken away for each unit of the centred map, (F,).
        shift: what is taken away besides, (F,).
        scratch: memory for the results, which the next one overwrites.
    """
    n_images = dout.shape[3]
    slope, shift = np.tile(slope, n_images), np.tile(shift, n_images)
    for rows, map_rows in _tiles(dout, block.maps):
        maps = block.maps[map_rows]
        dmaps = scratch.array("maps", maps.shape, dout.dtype)
        n_pooled = 2 * (rows.stop - rows.start)
        unpool_tile(dout[:, rows], block.wins.rows(rows), dmaps[:n_pooled], scratch)
        dmaps[n_pooled:] = 0
        common = _long_rows(scratch.array("common", maps.shape, dout.dtype), n_images)
        np.multiply(_long_rows(maps, n_images), slope, out=common)
        common += shift
        _long_rows(dmaps, n_images)[...] -= common
        yield map_rows, dmaps


def _tiles(pooled: Floats, maps: Floats) -> Iterator[tuple[slice, slice]]:
    """Yields rows of a pooled block and those of the map, with an odd last one, which nobody pools."""
    for rows in tiles_of(pooled, maps[0].size):
        yield rows, slice(2 * rows.start, len(maps) if rows.stop == pooled.shape[1] else 2 * rows.stop)


def _long_rows(maps: Floats, n_images: int) -> Floats:
    """Returns maps (rows, W * n, F) as (rows, W, n * F): long rows are fast to add something to."""
    return maps.reshape(len(maps), -1, n_images * maps.shape[2])


def _sign(gamma: Floats) -> Floats:
    """Returns -1 where gamma is negative, else 1."""
    return np.where(gamma < 0, -1, 1).astype(gamma.dtype)


def _fit(per_filter: Floats) -> Floats:
    """Returns one number a filter as a view that fits on (F, ...) of four axes."""
    return per_filter[:, None, None, None]
