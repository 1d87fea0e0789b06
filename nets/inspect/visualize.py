"""Images of many small images, such as the filters of a first layer."""

import math

import numpy as np

from nets.arrays import Floats, Numbers


def visualize_grid(
    images: Numbers,
    ubound: float = 255.0,
    padding: int = 1,
    *,
    n_columns: int | None = None,
    background: float = 0.0,
) -> Floats:
    """Returns images side by side in a grid, (H', W', ...) float64 fresh, each stretched to 0 .. ubound.

    Args:
        images: (N, H, W) or (N, H, W, C), at least one. An image of one colour becomes 0.
        ubound: the value of the brightest pixel of every image.
        padding: pixels of `background` between neighbours.
        n_columns: images in a row; by default the grid is a square.
        background: the value where there is no image.

    Raises:
        ValueError: if `images` has another number of axes, or none.
    """
    if images.ndim not in (3, 4) or not len(images):
        raise ValueError(
            f"images must have the shape (N, H, W) or (N, H, W, C) with N above 0, but got {images.shape}"
        )
    n_images, height, width, *channels = images.shape
    side = math.ceil(math.sqrt(n_images))
    n_rows = side if n_columns is None else math.ceil(n_images / n_columns)
    n_columns = n_columns or side
    shape = (n_rows * (height + padding) - padding, n_columns * (width + padding) - padding, *channels)
    grid = np.full(shape, background)
    for number, image in enumerate(images):
        row, column = divmod(number, n_columns)
        top, left = row * (height + padding), column * (width + padding)
        grid[top : top + height, left : left + width] = ubound * _stretched(image)
    return grid


def _stretched(image: Numbers) -> Floats:
    """Returns an image with its darkest value at 0 and its brightest at 1, fresh."""
    low, high = float(image.min()), float(image.max())
    return (image - low) / (high - low if high > low else 1.0)
