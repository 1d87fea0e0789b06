"""Means and covariances of the pixels of a window, over all its places in all images.

Those of a filter's map follow from them: of the filter w, as a vector, w . means and w . covariances . w. So
nobody has to go over the map. Windows overlap, and so do the products of their pixels: those of some rows of
all images are one matrix product, and the sums along its diagonals are all that windows need.

The mean image is taken away first, and comes back in float64: it has no more windows than one image has. Sums
of more than `SUM_SIZE` products are in float64, too. So the variance of a random filter on float32 images of
CIFAR-10 is right to 2e-7, and that of the filter that sees least of them, a millionth of what another one
sees, to 1e-3.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nets.arrays import Floats
from nets.fast.scratch import Scratch
from nets.fast.slabs import as_images, in_memory_order, pad_before, padded_images

Moments = NDArray[np.float64]

COLUMNS = 16
"""Columns of the images that are multiplied at a time by all that a window may have beside one of them."""

SUM_SIZE = 1000
"""Products that are summed in the precision of the images; at least those of one row of all of them."""

ENOUGH = 300
"""Multiply-adds for each number of a map that cost as much as to normalize it, forward and backward."""


def are_cheaper(image: tuple[int, ...], filters: tuple[int, ...]) -> bool:
    """Says whether moments cost less than a normalization that goes over the map, for a first layer.

    Where the images' gradient is wanted, which goes over the map all the same, they cost more.

    Args:
        image: shape (C, H, W) of the images.
        filters: shape (F, C, K, K) of the filters.
    """
    (channels, _, width), (n_filters, _, side, _) = image, filters
    return side * channels**2 * min(width, COLUMNS + 2 * (side - 1)) <= ENOUGH * n_filters


def window_moments(x: Floats, side: int, scratch: Scratch) -> tuple[Moments, Moments]:
    """Returns means, (C * K * K,), and covariances, (C * K * K, C * K * K), fresh.

    Args:
        x: images, (N, C, H, W), not empty.
        side: side K of the windows, at stride 1, with zeros around the images so that a map keeps their size.
        scratch: memory for temporary arrays.
    """
    n_images, _, height, width = x.shape
    mean_image = np.add.reduce(in_memory_order(x), axis=3, dtype=np.float64)
    mean_image /= n_images
    windows = _windows(mean_image, side)
    means = np.add.reduce(windows, axis=1)
    means /= height * width
    windows -= means[:, None]
    covariances = _sums_of_products(x, mean_image, side, scratch)
    covariances /= n_images
    covariances += windows @ windows.T
    covariances /= height * width
    return means, covariances


def _windows(image: Moments, side: int) -> Moments:
    """Returns the windows of an image (H, C, W) as columns, (C * K * K, H * W), fresh."""
    height, channels, width = image.shape
    padded = padded_images(as_images(image[..., None]), side, pad_before(side))[..., 0]
    row, channel, column = padded.strides
    shape, strides = (channels, side, side, height, width), (channel, row, column, row, column)
    windows = np.ndarray(shape, buffer=padded, strides=strides).copy()
    return windows.reshape(channels * side * side, -1)


def _sums_of_products(x: Floats, mean_image: Moments, side: int, scratch: Scratch) -> Moments:
    """Returns the sums over all windows of the products of their pixels, without the mean image's."""
    n_images, channels, height, width = x.shape
    rest = scratch.array("rest", (width, channels, height, n_images), x.dtype)
    np.subtract(x.transpose(3, 1, 2, 0), mean_image.astype(x.dtype).transpose(2, 1, 0)[..., None], out=rest)
    found = np.zeros((channels, side, side, channels, side, side))
    for gap in range(min(side, height)):
        of_rows = _products_of_rows(rest, gap, side)
        place, column, one, beside, other = of_rows.strides
        diagonals = np.ndarray(
            (side - gap, channels, side, channels, side, width),
            buffer=of_rows,
            strides=(place, one, column, other, beside, column + beside),
        )
        for row, sums in enumerate(np.add.reduce(diagonals, axis=-1)):
            found[:, row, :, :, row + gap] = sums
            found[:, row + gap, :, :, row] = sums.transpose(2, 3, 0, 1)
    return found.reshape(channels * side * side, -1)


def _products_of_rows(images: Floats, gap: int, side: int) -> Moments:
    """Returns products of pixels of two rows, summed over the rows that windows have at a place.

    Args:
        images: (W, C, H, N).
        gap: how far apart the two rows are.
        side: side K of the windows.

    Returns:
        (K - gap, W + K - 1, C, W + K - 1, C) for each place of the first row in a window, with zeros around
        the image as windows have them; pixels that no window has both are left 0.
    """
    (width, channels, height, n_images), before = images.shape, pad_before(side)
    padded = np.zeros((side - gap, width + side - 1, channels, width + side - 1, channels))
    inside = padded[:, before : before + width, :, before : before + width]
    for near, far in _near_columns(width, side):
        columns, others = (images[some].reshape(-1, height, n_images) for some in (near, far))
        others = others[:, gap:]
        shape = near.stop - near.start, channels, far.stop - far.start, channels
        sums, start, stop = np.zeros((len(columns), len(others))), 0, 0
        for row in range(side - gap):
            # Windows have row + i - before, and that + gap, at this place, where these are rows of the image.
            past, end = (min(max(0, edge + row - before), height - gap) for edge in (0, height))
            _add_products(sums, columns[:, stop:end], others[:, stop:end])
            _add_products(sums, -columns[:, start:past], others[:, start:past])
            start, stop = past, end
            inside[row, near, :, far] = sums.reshape(shape)
    return padded


def _add_products(sums: Moments, columns: Floats, others: Floats) -> None:
    """Adds the products of columns (w, rows, N) and others (v, rows, N) to their sums, (w, v)."""
    n_rows, n_images = columns.shape[1:]
    step = max(1, SUM_SIZE // n_images)
    for start in range(0, n_rows, step):
        some, beside = (rows[:, start : start + step] for rows in (columns, others))
        sums += some.reshape(len(some), -1) @ beside.reshape(len(beside), -1).T


def _near_columns(width: int, side: int) -> Iterator[tuple[slice, slice]]:
    """Yields some columns, and those that a window may have beside one of them."""
    for start in range(0, width, COLUMNS):
        stop = min(start + COLUMNS, width)
        yield slice(start, stop), slice(max(0, start - side + 1), min(stop + side - 1, width))
