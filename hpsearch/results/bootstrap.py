"""Bootstrap over images: how often each image is drawn.

image_counts(rng, n_samples, n_images)   a matrix of counts, so that a sum over drawn images is a product
"""

import numpy as np
from numpy.typing import NDArray


def image_counts(
    rng: np.random.Generator, n_samples: int, n_images: int, n_drawn: int | None = None
) -> NDArray[np.float32]:
    """Returns how often each image is in each sample drawn with replacement, (n_samples, n_images).

    float32: products with 0 and 1 are exact, in any order of summation, up to 2**24 images.

    Args:
        n_drawn: images in a sample; n_images if None.
    """
    n_drawn = n_images if n_drawn is None else n_drawn
    counts = np.empty((n_samples, n_images), np.float32)
    for row in counts:
        row[:] = np.bincount(rng.integers(0, n_images, n_drawn), minlength=n_images)
    return counts
