"""Images of many small images, such as the filters of a first layer."""

import math

import numpy as np

from nets.arrays import Floats, Numbers


def visualize_grid(images: Numbers, ubound: float = 255.0, padding: int = 1) -> Floats:
    """Returns images side by side in a square grid, (H', W', C) float64 fresh, each stretched to 0 .. ubound.

    Args:
        images: (N, H, W, C), at least one. An image of one colour becomes 0.
        ubound: the value of the brightest pixel of every image.
        padding: black pixels between neighbours.

    Raises:
        ValueError: if `images` has another number of axes, or none.
    """
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images must have the shape (N, H, W, C) with N above 0, but got {images.shape}")
    n_images, height, width, channels = images.shape
    side = math.ceil(math.sqrt(n_images))
    down, across = side * (height + padding) - padding, side * (width + padding) - padding
    grid = np.zeros((down, across, channels))
    for number, image in enumerate(images):
        top, left = number // side * (height + padding), number % side * (width + padding)
        grid[top : top + height, left : left + width] = ubound * _stretched(image)
    return grid


def _stretched(image: Numbers) -> Floats:
    """Returns an image with its darkest value at 0 and its brightest at 1, fresh."""
    low, high = float(image.min()), float(image.max())
    return (image - low) / (high - low if high > low else 1.0)
