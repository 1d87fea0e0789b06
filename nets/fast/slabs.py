"""The windows of a convolution as matrices that share their memory: why the convolutions here are fast.

Im2col copies every pixel once for each place in a window, K * K times. Here images are unrolled over the
columns of a window only, K times, and stored as

    unrolled[row of the padded image][channel][column in the window][column of the output][image]

so that all windows of one output row are K neighbouring blocks: one contiguous matrix, a slab, with K * C * K
rows and a column for each output column and image. The slabs of neighbouring output rows overlap in memory,
and nothing is copied for them. The batch comes last, so that copies run over whole rows of many images.

Images keep the shape (N, C, H, W) for everyone who handles them, as views of memory in the order (H, C, W,
N): NumPy's functions element by element keep the order of their arguments, so all layers in between run at
full speed.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from nets.arrays import Floats
from nets.fast.scratch import Scratch


def padded_images(x: Floats, side: int, before: int) -> Floats:
    """Returns images with zeros around them, (H + K - 1, C, W + K - 1, N), fresh.

    Args:
        x: images, (N, C, H, W).
        side: side K of the windows, at stride 1; the map keeps the size of the image.
        before: rows and columns of zeros before the image; K - 1 - before come after it.
    """
    n_images, channels, height, width = x.shape
    padded = np.zeros((height + side - 1, channels, width + side - 1, n_images), x.dtype)
    padded[before : before + height, :, before : before + width] = in_memory_order(x)
    return padded


def slabs(padded: Floats, side: int, scratch: Scratch) -> Floats:
    """Returns the windows of every output row as a matrix, (H, K * C * K, W * N), in `scratch`.

    Args:
        padded: from `padded_images`.
        side: side K of the windows.
        scratch: memory for the result, which the next call overwrites.
    """
    n_rows, channels, columns, n_images = padded.shape
    width = columns - side + 1
    unrolled = scratch.array("unrolled", (n_rows, channels, side, width, n_images), padded.dtype)
    row, channel, column, item = padded.strides
    unrolled[...] = np.ndarray(unrolled.shape, padded.dtype, padded, 0, (row, channel, column, column, item))
    shape = (n_rows - side + 1, side * channels * side, width * n_images)
    return np.ndarray(shape, padded.dtype, unrolled, 0, (unrolled.strides[0], width * n_images * item, item))


def in_memory_order(images: Floats) -> Floats:
    """Returns the view (H, C, W, N) of images (N, C, H, W)."""
    return images.transpose(2, 1, 3, 0)


def as_images(maps: Floats) -> Floats:
    """Returns the view (N, C, H, W) of maps (H, C, W, N)."""
    return maps.transpose(3, 1, 0, 2)


def pad_before(side: int) -> int:
    """Returns the padding before the image that keeps its size; an odd pixel comes after."""
    return (side - 1) // 2


def filters_as_rows(w: Floats) -> Floats:
    """Returns filters (F, C, K, K) as a matrix (F, K * C * K) in the order of the rows of a slab, fresh."""
    return np.ascontiguousarray(w.transpose(0, 2, 1, 3)).reshape(len(w), -1)


def rows_as_filters(rows: Floats, out: Floats) -> None:
    """Writes a matrix (K * C * K, F), in the order of the rows of a slab, into filters (F, C, K, K)."""
    n_filters, channels, side, _ = out.shape
    out[...] = rows.reshape(side, channels, side, n_filters).transpose(3, 1, 0, 2)


def image_blocks(shape: tuple[int, ...], window_size: int, slab_size: int) -> Iterator[slice]:
    """Yields equal blocks of images (N, C, H, W), whose slabs have at most `slab_size` numbers."""
    n_images, _, _, width = shape
    n_blocks = min(n_images, math.ceil(n_images * width * window_size / slab_size))
    edges = [n_images * block // max(1, n_blocks) for block in range(n_blocks + 1)]
    return (slice(start, stop) for start, stop in pairwise(edges))


def add_filter_gradient(drows: Floats, windows: Floats, dmaps: Floats) -> None:
    """Adds the gradient of some output rows to that of the filters, (K * C * K, F).

    Args:
        drows: the sum so far, updated in place.
        windows: slabs of these rows, (rows, K * C * K, W * n).
        dmaps: gradient with respect to these rows, (rows, W * n, F).
    """
    drows += np.add.reduce(np.matmul(windows, dmaps), axis=0)
