"""Two settings on the same images: only the images on which they differ can tell them apart.

difference_interval(a, b)                 the difference of two nets' accuracies
mean_difference_interval(a, b)            the same of two settings, each trained on several seeds
images_needed(discordant_share, effect)   how many images would show an effect
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from hpsearch.results.stats import LEVEL, MeanInterval, mean_squares

SMALL_EFFECT = 0.005
"""Half a point: a difference that people care about, for which it is told how many images would show it."""


def difference_interval(a: NDArray[np.bool_], b: NDArray[np.bool_], level: float = LEVEL) -> MeanInterval:
    """Returns the accuracy of net a minus that of net b on the same images, with its interval.

    Wald's interval after one more image for each net that only it got right: without the two, nets
    that agree everywhere would be called equal for certain.

    Args:
        a, b: whether each net was right on image i, (n_images,) bool.
        level: how often the interval is to hold the truth.

    Raises:
        ValueError: there is no image, or the two have not the same images.

    Source: Bonett and Price 2012.
    """
    _check_same(a, b, n_dims=1)
    n = len(a) + 2
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    middle = (only_a - only_b) / n
    half_width = _normal_quantile(level) * math.sqrt(((only_a + only_b + 2) / n - middle**2) / n)
    return MeanInterval(
        (only_a - only_b) / len(a), max(middle - half_width, -1.0), min(middle + half_width, 1.0)
    )


def mean_difference_interval(
    a: NDArray[np.bool_], b: NDArray[np.bool_], level: float = LEVEL
) -> MeanInterval:
    """Returns setting a's mean accuracy minus setting b's over seeds and images, with its interval.

    Both settings meet the same images, and seed s is the same for both. Seeds and images are random
    draws. The seeds' mean square brings its own quantile of Student's t, exact where seeds alone
    differ, and what images add to it brings the normal one. One result each way is added to the
    variance: settings that agree everywhere are not equal for certain.

    Args:
        a, b: whether seed s of each setting was right on image i, (n_seeds, n_images) bool.
        level: how often the interval is to hold the truth.

    Returns:
        The difference with its interval; that of one seed is difference_interval's.

    Raises:
        ValueError: there is no seed or no image, or the two have not the same shape.

    Source: the variance of a mean in a two-way crossed random-effects layout, with the quantiles
    of Cochran 1964.
    """
    _check_same(a, b, n_dims=2)
    n_seeds, n_images = a.shape
    if n_seeds == 1:
        return difference_interval(a[0], b[0], level)
    difference = a.astype(np.float64) - b
    of_seeds, of_images, residual = mean_squares(difference) / difference.size
    t, z = float(stdtrit(n_seeds - 1, (1 + level) / 2)), _normal_quantile(level)
    one_each_way = 2 / (difference.size * n_images)
    images = max(of_images - residual, 0.0) + one_each_way
    half_width = math.sqrt(t**2 * of_seeds + z**2 * images)
    mean = float(difference.mean())
    return MeanInterval(mean, max(mean - half_width, -1.0), min(mean + half_width, 1.0))


def images_needed(discordant_share: float, effect: float, power: float = 0.8) -> int:
    """Returns how many images McNemar's test needs to see a difference of accuracies, at the 5 % level.

    Args:
        discordant_share: share of the images that just one of the two nets gets right.
        effect: the difference of the two accuracies; it cannot be larger than that share.
        power: how often the test is to see it.

    Raises:
        ValueError: effect is 0 or above discordant_share, which must be at most 1, or power is not
            between 0 and 1.

    Source: Connor 1987.
    """
    if not 0 < abs(effect) <= discordant_share <= 1:
        raise ValueError(
            "effect must not be 0 nor above discordant_share, a fraction, but got "
            f"effect = {effect}, discordant_share = {discordant_share}"
        )
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, but got {power}")
    spread = _normal_quantile(LEVEL) * math.sqrt(discordant_share) + float(ndtri(power)) * math.sqrt(
        discordant_share - effect**2
    )
    return math.ceil((spread / effect) ** 2)


def _normal_quantile(level: float) -> float:
    """Returns the normal quantile of a two-sided interval."""
    return float(ndtri((1 + level) / 2))


def _check_same(a: NDArray[np.bool_], b: NDArray[np.bool_], *, n_dims: int) -> None:
    if a.shape != b.shape or a.ndim != n_dims or a.size == 0:
        axes = ("n_images",) if n_dims == 1 else ("n_seeds", "n_images")
        raise ValueError(f"a and b must both have the shape {axes}, but got {a.shape} and {b.shape}")
