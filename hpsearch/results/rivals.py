"""Which trials may be the truly best one, by what each got right on the same images.

within_noise(correct, rng)   a set of trials that holds the best one in at least 95 % of all draws of images
"""

import numpy as np
from numpy.typing import NDArray

from hpsearch.results.bootstrap import image_counts
from hpsearch.results.stats import LEVEL

N_SAMPLES = 1000


def within_noise(
    correct: NDArray[np.bool_], rng: np.random.Generator, n_samples: int = N_SAMPLES
) -> NDArray[np.bool_]:
    """Returns which trials no other trial beats by more than chance allows, the best ones included.

    A trial is left out if the largest of its standardized deficits against all others is above the
    95 % quantile of what that largest one would be if all were equally good, by a bootstrap over
    images. Rivals that are clearly worse than the trial do not count, for they cannot beat it by
    chance. The deficits' variance is that of the images on which just one of the two was right,
    one added, so that few such images prove nothing.

    Args:
        correct: whether a trial's net (of its best epoch) was right on an image, (n_trials, n_images) bool.
        rng: draws the samples.
        n_samples: bootstrap samples.

    Returns:
        (n_trials,) bool; all trials if there is no image.

    Raises:
        ValueError: correct is not a matrix.

    Source: multiple comparisons with the best (Hsu 1984), the quantile from a bootstrap as in the
    model confidence set of Hansen, Lunde and Nason 2011, clearly worse rivals as in Hansen 2005.
    """
    if correct.ndim != 2:
        raise ValueError(f"correct must have the shape (n_trials, n_images), but got {correct.shape}")
    n_trials, n_images = correct.shape
    if correct.size == 0:
        return np.ones(n_trials, np.bool_)
    hits = correct.astype(np.float32)
    right, both_right = hits.sum(axis=1), hits @ hits.T
    errors = np.sqrt(right[:, None] + right[None, :] - 2 * both_right + 1)
    deficits = (right[None, :] - right[:, None]) / errors
    drawn = image_counts(rng, n_samples, n_images) @ hits.T - right
    clearly_worse = -np.sqrt(2 * np.log(np.log(max(n_images, 16))))
    kept = np.ones(n_trials, np.bool_)
    for trial in range(n_trials):
        rivals = np.flatnonzero(deficits[trial] > clearly_worse)
        by_chance = (drawn[:, rivals] - drawn[:, [trial]]) / errors[trial, rivals]
        kept[trial] = deficits[trial].max() <= np.quantile(by_chance.max(axis=1), LEVEL)
    return kept
