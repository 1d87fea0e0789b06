"""Convolution at stride 1 that keeps the size of the image.

As products of slabs (`nets.fast.slabs`), or of spectra where channels are many (`nets.fast.spectral`).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, floating
from nets.fast.scratch import Scratch
from nets.fast.slabs import (
    add_filter_gradient,
    as_images,
    filters_as_rows,
    image_blocks,
    in_memory_order,
    pad_before,
    padded_images,
    rows_as_filters,
    slabs,
)
from nets.fast.spectral import Spectra, is_faster, spectral_backward, spectral_forward

SLAB_SIZE = 200_000
"""Numbers in a slab, at most: 0.8 MB of float32, so that it stays in the L2 cache."""

GRADIENT_SIZE = 65_536
"""Numbers in the filter gradients of the rows multiplied at a time, at most (but at least one row)."""


class ConvCache(NamedTuple):
    """What `conv_backward` needs; with slabs there are no spectra."""

    x: Floats
    w: Floats
    spectra: Spectra | None


def conv_forward(
    x: Floats, w: Floats, b: Floats, conv_param: Mapping[str, Any], *, scratch: Scratch | None = None
) -> tuple[Floats, ConvCache]:
    """Returns x convolved with w, (N, F, H, W) fresh, and the cache.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K).
        b: biases, (F,).
        conv_param: "stride", 1, and "pad", "same".
        scratch: memory for temporary arrays; fresh by default.

    Raises:
        ValueError: if the filters are not square, a shape does not fit, or `conv_param` says something else.
    """
    check_conv(x, w, conv_param, b=b)
    x, w, b = floating(x), floating(w), floating(b)
    scratch, spectra = scratch or Scratch(), None
    if is_faster(x.shape[1:], w.shape):
        out, spectra = spectral_forward(x, w, scratch)
    else:
        out = correlated(x, w, pad_before(w.shape[2]), scratch)
    out += b[:, None, None]
    return out, ConvCache(x, w, spectra)


def conv_backward(
    dout: Floats,
    cache: ConvCache,
    *,
    input_gradient: bool = True,
    out: tuple[Floats, Floats] | None = None,
    scratch: Scratch | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db) with respect to x, w and b.

    Args:
        dout: gradient from above, (N, F, H, W).
        cache: from `conv_forward`.
        input_gradient: False skips dx, which the first layer of a net does not need; dx is then empty.
        out: arrays that dw and db are written into, overwritten; fresh ones by default.
        scratch: memory for temporary arrays; fresh by default.
    """
    x, w, spectra = cache
    scratch = scratch or Scratch()
    dw, db = out or (np.empty_like(w), np.empty(len(w), w.dtype))
    np.add.reduce(dout, axis=(0, 2, 3), out=db)
    if spectra is not None:
        dx = spectral_backward(dout, spectra, dw, scratch, input_gradient=input_gradient)
        return dx, dw, db
    _write_filter_gradient(dout, x, dw, scratch)
    return conv_input_gradient(dout, w, scratch) if input_gradient else np.empty(0, x.dtype), dw, db


def _write_filter_gradient(dout: Floats, x: Floats, dw: Floats, scratch: Scratch) -> None:
    """Writes the gradient with respect to the filters into dw, (F, C, K, K), by slabs."""
    n_filters, side = len(dw), dw.shape[2]
    drows = np.zeros((dw[0].size, n_filters), x.dtype)
    tile = max(1, GRADIENT_SIZE // drows.size)
    for images in image_blocks(x.shape, dw[0].size, SLAB_SIZE):
        windows = slabs(padded_images(x[images], side, pad_before(side)), side, scratch)
        dmaps = in_memory_order(dout[images]).reshape(len(windows), n_filters, -1).transpose(0, 2, 1)
        for top in range(0, len(windows), tile):
            add_filter_gradient(drows, windows[top : top + tile], dmaps[top : top + tile])
    rows_as_filters(drows, dw)


def conv_input_gradient(dout: Floats, w: Floats, scratch: Scratch) -> Floats:
    """Returns the gradient with respect to the images: a convolution with the filters turned round."""
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return correlated(dout, turned, w.shape[2] - 1 - pad_before(w.shape[2]), scratch)


def check_conv(x: Floats, w: Floats, conv_param: Mapping[str, Any], **per_filter: Floats) -> None:
    """Refuses filters that are not square or not for these images, and strides and padding that change sizes.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K).
        conv_param: "stride", 1, and "pad", "same".
        per_filter: biases and the like by name, (F,) each; others would be broadcast.
    """
    if x.ndim != 4 or w.ndim != 4 or w.shape[1] != x.shape[1] or w.shape[2] != w.shape[3]:
        raise ValueError(
            f"the fast convolution takes filters (F, C, K, K) and images (N, C, H, W), but got {w.shape} and "
            f"{x.shape}"
        )
    for name, array in per_filter.items():
        if array.shape != w.shape[:1]:
            raise ValueError(f"{name} must have the shape {w.shape[:1]}, but got {array.shape}")
    if (conv_param["stride"], conv_param["pad"]) != (1, "same"):
        raise ValueError(
            f'the fast convolution takes stride 1 and pad "same", but got {conv_param["stride"]!r} and '
            f"{conv_param['pad']!r}"
        )


def correlated(x: Floats, w: Floats, before: int, scratch: Scratch) -> Floats:
    """Returns the products of all windows of x with all filters of w, (N, F, H, W) fresh.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K).
        before: rows and columns of zeros before the image; K - 1 - before come after it.
        scratch: memory for temporary arrays.
    """
    n_images, _, height, width = x.shape
    maps = np.empty((height, len(w), width, n_images), x.dtype)
    filters = filters_as_rows(w)
    for images in image_blocks(x.shape, w[0].size, SLAB_SIZE):
        windows = slabs(padded_images(x[images], w.shape[2], before), w.shape[2], scratch)
        block = maps[..., images]
        whole = block.flags.c_contiguous
        products = block if whole else scratch.array("maps", block.shape, x.dtype)
        np.matmul(filters, windows, out=products.reshape(height, len(w), -1))
        if not whole:
            block[...] = products
    return as_images(maps)
