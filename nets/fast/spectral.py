"""Convolution at stride 1 that keeps the size of the image, in the frequency domain: for many channels.

A convolution is a product at each frequency, and half of the frequencies suffice, since the transform of real
numbers is symmetric. With 64 channels, 64 filters 5x5 and images 16x16 nine times fewer multiplications are
left than in the image. The transforms cost as much for one filter as for many, so that it pays from some
tens of channels on (`is_faster`). Images are so small that a transform is a matrix product, which the BLAS
does at full speed, and no FFT. Its rounding errors are no larger than those of the slabs, but spread over the
image: where the result should be exactly 0, it is of the size of the rounding errors elsewhere.

The transform has only so many rows and columns that the zeros beyond one border of an image serve as those
beyond the other, too. Spectra have the shape (U, V, A, B): rows of frequencies, of which those up to half the
period are kept, columns, and two axes such as channels and images, along which frequencies are multiplied.
"""

import math
from typing import NamedTuple

import numpy as np

from nets.arrays import Floats, Numbers
from nets.fast.scratch import Scratch
from nets.fast.slabs import as_images, in_memory_order, pad_before

ADVANTAGE = 1.5
"""How many times as many operations the slabs must need for the frequency domain to be chosen."""


class Spectra(NamedTuple):
    """What the backward pass needs: of the images, (U, V, C, N), the conjugate spectrum, and the filters'."""

    images: Numbers
    filters: Numbers


def is_faster(image: tuple[int, ...], filters: tuple[int, ...]) -> bool:
    """Whether the frequency domain is the faster one for images (C, H, W) and filters (F, C, K, K)."""
    (channels, height, width), (n_filters, _, side, _) = image, filters
    rows, columns = periods((height, width), side)
    kept = rows // 2 + 1
    transforms = 8 * kept * width * (height + columns) * (channels + n_filters)
    products = 8 * kept * columns * channels * n_filters
    return 2 * height * width * math.prod(filters) > ADVANTAGE * (transforms + products)


def periods(size: tuple[int, ...], side: int) -> tuple[int, int]:
    """Returns the numbers of rows and columns of the transform."""
    before = pad_before(side)
    margin = max(before, side - 1 - before)
    return size[0] + margin, size[1] + margin


def spectral_forward(x: Floats, w: Floats, scratch: Scratch) -> tuple[Floats, Spectra]:
    """Returns x convolved with w, (N, F, H, W) fresh, and what the backward pass needs.

    The spectrum of the images is the conjugate one, so that nothing has to be conjugated on either way.
    """
    side = w.shape[2]
    period = periods(x.shape[2:], side)
    images = spectrum(np.ascontiguousarray(in_memory_order(x)), period, 1, 0, scratch)
    filters = spectrum(np.ascontiguousarray(_as_maps(w)), period, -1, pad_before(side), scratch)
    products = _multiplied(filters, images, scratch)
    maps = from_spectrum(products, period, x.shape[2:], -1, 0, scratch)
    return as_images(maps), Spectra(images, filters)


def spectral_backward(
    dout: Floats, spectra: Spectra, dw: Floats, scratch: Scratch, *, input_gradient: bool
) -> Floats:
    """Writes the gradient with respect to the filters into dw, and returns that of the images.

    Args:
        dout: gradient from above, (N, F, H, W).
        spectra: from `spectral_forward`.
        dw: overwritten, (F, C, K, K).
        scratch: memory for temporary arrays.
        input_gradient: False skips the images' gradient, which is then empty; it is (N, C, H, W) fresh.
    """
    size, side = dout.shape[2:], dw.shape[2]
    period = periods(size, side)
    found = spectrum(np.ascontiguousarray(in_memory_order(dout)), period, -1, 0, scratch)
    products = _multiplied(found, spectra.images.transpose(0, 1, 3, 2), scratch)
    _as_maps(dw)[...] = from_spectrum(products, period, (side, side), -1, pad_before(side), scratch)
    if not input_gradient:
        return np.empty(0, dout.dtype)
    products = _multiplied(spectra.filters.transpose(0, 1, 3, 2), found, scratch)
    return as_images(from_spectrum(products, period, size, 1, 0, scratch))


def spectrum(maps: Floats, period: tuple[int, int], sign: int, offset: int, scratch: Scratch) -> Numbers:
    """Returns the sums over h and w of maps * exp(sign * 2 pi i * (u (h - offset) / P + v (w - offset) / Q)).

    Args:
        maps: (H, A, W, B), contiguous.
        period: P and Q.
        sign: -1, or 1 for the conjugate.
        offset: which row and column counts as 0.
        scratch: memory for temporary arrays.

    Returns:
        (P // 2 + 1, Q, A, B) complex, fresh.
    """
    height, a, width, b = maps.shape
    kept = period[0] // 2 + 1
    waves = _waves(kept, height, period[0], sign, offset)
    planes = scratch.array("planes", (2 * kept, a, width, b), maps.dtype)
    stacked = np.concatenate([waves.real, waves.imag]).astype(maps.dtype)
    np.matmul(stacked, maps.reshape(height, -1), out=planes.reshape(2 * kept, -1))
    dtype = np.result_type(maps.dtype, np.complex64)
    rows = scratch.array("rows", (kept, width, a, b), dtype)
    rows.real, rows.imag = planes[:kept].transpose(0, 2, 1, 3), planes[kept:].transpose(0, 2, 1, 3)
    columns = _waves(period[1], width, period[1], sign, offset).astype(dtype)
    found: Numbers = np.matmul(columns, rows.reshape(kept, width, a * b))
    return found.reshape(kept, period[1], a, b)


def from_spectrum(
    found: Numbers, period: tuple[int, int], size: tuple[int, ...], sign: int, offset: int, scratch: Scratch
) -> Floats:
    """Returns the real maps of which `found` is the spectrum, (H, A, W, B) fresh, for the sizes H and W.

    The sign is the other one than the spectrum had.
    """
    (height, width), (kept, _, a, b) = size, found.shape
    columns = _waves(width, period[1], period[1], sign, 0, offset).astype(found.dtype)
    rows = scratch.array("rows", (kept, width, a, b), found.dtype)
    np.matmul(columns, found.reshape(kept, period[1], a * b), out=rows.reshape(kept, width, a * b))
    planes = scratch.array("planes", (2 * kept, a, width, b), rows.real.dtype)
    planes[:kept], planes[kept:] = rows.real.transpose(0, 2, 1, 3), rows.imag.transpose(0, 2, 1, 3)
    waves = _waves(height, kept, period[0], sign, 0, offset)
    # Frequencies between 0 and half the period stand for their mirror images too.
    u = np.arange(kept)
    waves *= np.where((u == 0) | (2 * u == period[0]), 1, 2) / (period[0] * period[1])
    stacked = np.concatenate([waves.real, -waves.imag], axis=1).astype(planes.dtype)
    maps: Floats = np.matmul(stacked, planes.reshape(2 * kept, -1))
    return maps.reshape(height, a, width, b)


def _waves(n: int, m: int, period: int, sign: int, after: int = 0, before: int = 0) -> Numbers:
    """Returns exp(sign * 2 pi i * (j - before) * (k - after) / period), (n, m)."""
    turns = (np.arange(n)[:, None] - before) * (np.arange(m) - after) % period / period
    waves: Numbers = np.exp(sign * 2j * np.pi * turns)
    return waves


def _multiplied(a: Numbers, b: Numbers, scratch: Scratch) -> Numbers:
    """Returns the matrix product at each frequency, in `scratch`."""
    out = scratch.array("products", (*a.shape[:3], b.shape[3]), a.dtype)
    return np.matmul(a, b, out=out)


def _as_maps(w: Floats) -> Floats:
    """Returns the view (K, F, K, C) of filters (F, C, K, K)."""
    return w.transpose(2, 0, 3, 1)
