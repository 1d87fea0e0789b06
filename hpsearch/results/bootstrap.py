"""Bootstrap over images: how often each image is drawn.

image_counts(rng, n_samples, n_images)   a matrix of counts, so that a sum over drawn images is a product
"""

import numpy as np
from numpy.typing import NDArray

from hpsearch.strata import Classes


def image_counts(
    rng: np.random.Generator,
    n_samples: int,
    n_images: int,
    n_drawn: int | None = None,
    classes: Classes | None = None,
) -> NDArray[np.float32]:
    """Returns how often each image is in each sample drawn with replacement, (n_samples, n_images).

    float32: products with 0 and 1 are exact, in any order of summation, up to 2**24 images.

    Args:
        n_drawn: images in a sample; n_images if None.
        classes: of the images, (n_images,), if these have each class in proportion: then samples have it too.
            Of what a sample drawn from all images has too much, the images that it left out have too little,
            as no second such split has.

    Source: resampling as the data were drawn, stratum by stratum (Davison and Hinkley 1997, section 3.2).
    """
    n_drawn = n_images if n_drawn is None else n_drawn
    counts = np.empty((n_samples, n_images), np.float32)
    if classes is None:
        for row in counts:
            row[:] = np.bincount(rng.integers(0, n_images, n_drawn), minlength=n_images)
        return counts
    by_class = np.argsort(classes, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(classes))])
    for row in counts:
        row[by_class] = np.bincount(_places(rng, ends, n_drawn), minlength=n_images)
    return counts


def _places(rng: np.random.Generator, ends: NDArray[np.int64], n_drawn: int) -> NDArray[np.int64]:
    """Returns the places of one sample that has each class in proportion, rounded at random.

    Args:
        ends: class c has the places from ends[c] on, before ends[c + 1].

    Source: systematic sampling (Madow 1949) for how many of each class.
    """
    n_images = ends[-1]
    n_of_class = np.diff((ends * n_drawn + rng.integers(n_images)) // n_images)
    return rng.integers(np.repeat(ends[:-1], n_of_class), np.repeat(ends[1:], n_of_class))
