"""How far an accuracy can be trusted: intervals, and which trials chance alone could explain.

wilson_interval(accuracy, n)       one net on n images
share_interval(found, drawn, all)  a share of things that were not all looked at
mean_accuracy_interval(correct)    several seeds of one setting on the same images
can_be_interval(interval, ...)     whether it can be theirs, where only their accuracies are known
ranked(trials)                     the complete trials, best first, of equals the earlier one first
best_trial(trials)                 the winner: the first of these
is_measured(trials)                whether there is an accuracy to compare
within_noise(trials, n_val)        the trials that may be as good as the winner
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
ROUNDING = 1e-9  # of sums in another order


class Interval(NamedTuple):
    """A two-sided 95 % interval of an accuracy, as fractions."""

    low: float
    high: float


class MeanInterval(NamedTuple):
    """A mean accuracy with its two-sided 95 % interval, as fractions."""

    mean: float
    low: float
    high: float


def wilson_interval(accuracy: float, n: float, z: float | None = None) -> Interval:
    """Returns the Wilson score interval of an accuracy measured on n images.

    Args:
        accuracy: fraction of the images that were right, in [0, 1].
        n: number of images, above 0; an effective number need not be whole.
        z: quantile that sets the width; the normal one of the 95 % level if None.

    Raises:
        ValueError: accuracy is outside [0, 1] or n is not above 0.

    Source: Wilson 1927.
    """
    if not 0.0 <= accuracy <= 1.0:
        raise ValueError(f"accuracy must be a fraction in [0, 1], but got {accuracy}")
    if not n > 0:
        raise ValueError(f"n must be above 0 images, but got {n}")
    z2 = (NormalDist().inv_cdf((1 + LEVEL) / 2) if z is None else z) ** 2
    middle = accuracy + z2 / (2 * n)
    half_width = np.sqrt(z2 / n * (accuracy * (1 - accuracy) + z2 / (4 * n)))
    low, high = (middle - half_width) / (1 + z2 / n), (middle + half_width) / (1 + z2 / n)
    return Interval(min(max(float(low), 0.0), accuracy), max(min(float(high), 1.0), accuracy))


def share_interval(n_found: int, n_drawn: int, n_all: int) -> Interval:
    """Returns the 95 % interval of a share of so many things, of which some were drawn without replacement.

    Both tails are exact (hypergeometric); it is one number if all were drawn.

    Args:
        n_found: how many of those drawn have what is counted.
        n_drawn: how many were drawn.
        n_all: how many there are.

    Raises:
        ValueError: not 0 <= n_found <= n_drawn <= n_all, or nothing was drawn.
    """
    from scipy.stats import hypergeom

    if not 0 <= n_found <= n_drawn <= n_all or n_drawn < 1:
        raise ValueError(
            f"expected 0 <= n_found <= n_drawn <= n_all, but got {n_found}, {n_drawn} and {n_all}"
        )
    possible = np.arange(n_found, n_all - n_drawn + n_found + 1)
    at_most = hypergeom.cdf(n_found, n_all, possible, n_drawn)
    at_least = hypergeom.sf(n_found - 1, n_all, possible, n_drawn)
    held = possible[(at_most > (1 - LEVEL) / 2) & (at_least > (1 - LEVEL) / 2)]
    return Interval(float(held.min() / n_all), float(held.max() / n_all))


def mean_accuracy_interval(correct: NDArray[np.bool_]) -> MeanInterval:
    """Returns the mean accuracy of a setting, with the luck of its seeds and of its images.

    Both the seeds and the images are random draws, and every seed meets the same images, so
    errors of different seeds are not independent. The variance of the mean has a part of the seeds
    and a part of the images; each makes a Wilson interval of its own, the seeds' with a quantile of
    Student's t (they are few), and the distances of their ends from the mean are added as squares.
    tests/benchmarks/README.md says how often it covers the truth.

    Args:
        correct: whether seed s was right on image i, (n_seeds, n_images) bool.

    Raises:
        ValueError: correct is not a matrix with at least one seed and one image.

    Source: the variance of a mean in a two-way crossed random-effects layout; Zou and Donner 2008
    for the sum of two intervals.
    """
    if correct.ndim != 2 or correct.size == 0:
        raise ValueError(f"correct must have the shape (n_seeds, n_images), but got {correct.shape}")
    mean = float(correct.mean())
    return MeanInterval(mean, *_mean_interval(mean, correct.shape, mean_squares(correct.astype(np.float64))))


def can_be_interval(interval: Interval, accuracies: Sequence[float], n_images: int) -> bool:
    """Says whether `mean_accuracy_interval` can have given an interval to seeds of these accuracies.

    It depends on one thing more: on how many seeds each image was right, as the sum of their squares, a whole
    number between that of images as alike as can be and that of seeds which err on the same ones. Both ends
    move outwards as it grows, so that halving finds the numbers that fit either end.
    """
    counts = sorted((round(accuracy * n_images) for accuracy in accuracies), reverse=True)
    shape, each, others = (len(counts), n_images), *divmod(sum(counts), n_images)
    least = (n_images - others) * each**2 + others * (each + 1) ** 2
    most = sum(count * (2 * place + 1) for place, count in enumerate(counts))
    sums = range(least, most + 1)

    def end(of_images: int) -> Interval:
        mean = sum(counts) / (shape[0] * n_images)
        all_squares = shape[0] * n_images * mean**2
        rows = sum(count**2 for count in counts) / n_images - all_squares
        columns = of_images / shape[0] - all_squares
        residual = sum(counts) - all_squares - rows - columns
        return _mean_interval(mean, shape, _per_freedom(shape, rows, columns, max(residual, 0.0)))

    first = max(
        bisect_left(sums, -interval.low - ROUNDING, key=lambda one: -end(one).low),
        bisect_left(sums, interval.high - ROUNDING, key=lambda one: end(one).high),
    )
    last = min(
        bisect_right(sums, -interval.low + ROUNDING, key=lambda one: -end(one).low),
        bisect_right(sums, interval.high + ROUNDING, key=lambda one: end(one).high),
    )
    return first < last


def _mean_interval(mean: float, shape: tuple[int, ...], squares: NDArray[np.float64]) -> Interval:
    """Returns the interval of the mean of a crossed layout, (n_seeds, n_images), from its mean squares."""
    n_images = shape[1]
    low, high = _crossed_interval(mean, shape, squares)
    # A handful of errors cannot show that seeds err independently: claim no more than
    # n_images that are all right (all wrong) would.
    perfect, hopeless = wilson_interval(1.0, n_images), wilson_interval(0.0, n_images)
    return Interval(min(low, perfect.low), max(high, hopeless.high))


def mean_squares(results: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the mean squares of rows, columns and residual of a matrix, rows crossed with columns."""
    n_rows, n_columns = results.shape
    mean = results.mean()
    rows = n_columns * np.sum((results.mean(axis=1) - mean) ** 2)
    columns = n_rows * np.sum((results.mean(axis=0) - mean) ** 2)
    residual = np.maximum(np.sum((results - mean) ** 2) - rows - columns, 0.0)
    return _per_freedom(results.shape, rows, columns, residual)


def _per_freedom(shape: tuple[int, ...], *sums: float) -> NDArray[np.float64]:
    """Returns sums of squares of rows, columns and residual, each per degree of its freedom."""
    n_rows, n_columns = shape
    freedom = np.array([n_rows - 1, n_columns - 1, (n_rows - 1) * (n_columns - 1)])
    squares: NDArray[np.float64] = np.array(sums) / np.maximum(freedom, 1)
    return squares


def _crossed_interval(mean: float, shape: tuple[int, ...], squares: NDArray[np.float64]) -> Interval:
    """Returns the interval of the mean of a crossed layout, from the intervals of its two parts."""
    from scipy.special import stdtrit

    n_seeds, n_images = shape
    size = n_seeds * n_images
    if n_seeds == 1 or n_images == 1 or mean in (0.0, 1.0):
        return wilson_interval(mean, n_images)
    of_seeds, of_images, residual = squares / size
    one_result = mean * (1 - mean)
    parts = [wilson_interval(mean, one_result / max(of_images, one_result / size))]
    if of_seeds > residual:  # otherwise seeds differ no more than chance makes them
        t = float(stdtrit(n_seeds - 1, (1 + LEVEL) / 2))
        parts.append(wilson_interval(mean, one_result / (of_seeds - residual), t))
    below = np.hypot.reduce([mean - part.low for part in parts])
    above = np.hypot.reduce([part.high - mean for part in parts])
    return Interval(max(mean - float(below), 0.0), min(mean + float(above), 1.0))


def ranked(trials: pd.DataFrame) -> pd.DataFrame:
    """Returns the complete trials, best first; of equals the earlier one is first."""
    complete = trials[(trials["state"] == "complete") & trials["value"].notna()]
    return complete.sort_values(["value", "number"], ascending=[False, True])


def best_trial(trials: pd.DataFrame) -> int | None:
    """Returns the number of the first of the ranked trials, None without one."""
    best_first = ranked(trials)
    return None if best_first.empty else int(best_first["number"].iloc[0])


def is_measured(trials: pd.DataFrame) -> bool:
    """Says whether a trial has an accuracy that can be compared."""
    return bool((trials["value"].notna() & (trials["state"] != "diverged")).any())


def within_noise(trials: pd.DataFrame, n_val: int) -> pd.Series:
    """Returns which complete trials may be as good as the best one, itself included.

    McNemar's exact test, one-sided, of each trial against the best. It wants the images on which
    just one of the two was right; the record has only the two accuracies, so the largest number
    of such images that they allow is taken (no error in common), which errs towards "noise". The
    best was picked for being best, luck included: 5 % is shared out over all comparisons
    (Bonferroni). Unshared, 20 to 35 of 100 equally good trials would be called worse.

    Args:
        trials: the columns number, state and value of StudyFrames.trials.
        n_val: number of validation images behind each value.

    Returns:
        A bool Series with the index of trials; all False without a complete trial.

    Source: McNemar 1947.
    """
    import pandas as pd
    from scipy.special import bdtr

    best = best_trial(trials)
    complete = ((trials["state"] == "complete") & trials["value"].notna()).to_numpy()
    if best is None:
        return pd.Series(complete, index=trials.index)
    errors = np.rint((1 - trials["value"].fillna(0.0).to_numpy()) * n_val).astype(np.int64)
    fewest = errors[(trials["number"] == best).to_numpy()][0]
    only_other_right = np.minimum(fewest, n_val - errors)
    only_best_right = only_other_right + (errors - fewest)
    chance = bdtr(only_other_right, np.maximum(only_other_right + only_best_right, 1), 0.5)
    limit = (1 - LEVEL) / max(int(complete.sum()) - 1, 1)
    return pd.Series(complete & ((errors == fewest) | (chance > limit)), index=trials.index)
