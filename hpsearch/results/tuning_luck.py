"""How far the luck of two searches alone can part what they find, although nothing else does.

luck_of_tuning(best, other, ...)  the luck of what two searches drew, and of choosing by one training each
best_run(n, n_other, level)       so many best trials in a row from one of two equal searches are no chance

Two searches with equal budgets over one space do not end at equally good settings. Seeds and images
do not show that: the more of them, the surer it is that the two settings differ.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from hpsearch.results.stats import LEVEL

MOST = 0.6
"""Of trials that a sampler draws near its best ones, this share must be better than all of the other search:
they crowd around what one of them found, and count for far fewer. tests/benchmarks/README.md says how that
was measured."""
ELSEWHERE = 20
"""All but so many of them, where that is more: a sampler that is caught at one of several tops puts every
later trial there, so that of many trials most are of that top alone."""


def best_run(n: int, n_other: int, level: float = LEVEL) -> float:
    """Returns how many of the best of all trials must come from one of two searches to be no chance.

    If trials of both are drawn alike, the best j are all from the search with n trials with the
    probability n / N * (n - 1) / (N - 1) * ... of j factors, N = n + n_other, whatever the accuracies'
    distribution is. Whole numbers of trials miss the level; in between its logarithm is linear.

    Args:
        n: trials of the search, >= 0.
        n_other: trials of the other one, >= 0.
        level: of a two-sided test.

    Returns:
        The number, which may end between two trials; n + 1 if n trials are too few to show anything.

    Source: the precedence test of Rosenbaum 1954; Hettmansperger and Sheather 1986 for places between
    two order statistics.
    """
    wanted = (1 - level) / 2
    chance = 1.0
    for run in range(n):
        longer = chance * (n - run) / (n + n_other - run)
        if longer <= wanted:
            return run + math.log(wanted / chance) / math.log(longer / chance)
        chance = longer
    return n + 1


@dataclass(frozen=True)
class Luck:
    """How far luck may part what two searches found; accuracies, >= 0.

    Attributes:
        lifted: by what the better search drew; infinity where its trials are too few.
        held_back: by what the other one drew; the same of its trials.
        chosen: by choosing each setting with one training of it.
    """

    lifted: float
    held_back: float
    chosen: float


def luck_of_tuning(
    better: NDArray[np.float64],
    other: NDArray[np.float64],
    error: float,
    *,
    learns: bool,
    level: float = LEVEL,
) -> Luck:
    """Returns how far the luck of two equal searches may part the settings that they choose.

    What a search drew: if the other one were equally good after a shift by more than the distance from
    the best trial to the last of a run that is no chance, the whole run would lie above it.

    What it chose: a setting with a score s is worth, in truth, some value around a point between s and the
    other trials, with the variance `error` times the share of the trials' variance that `error` does not
    explain. Runs do not show that: the more trials, the closer the best are, whatever they are worth. Where
    trials differ no more than trainings of one setting, there is nothing to choose, and no luck in it. The
    share is told by how far the best trial is above the median one, against trials that are pure noise.

    Args:
        better, other: an accuracy of each trial, the same measure in both searches.
        error: variance of such an accuracy of one setting from training to training.
        learns: whether the sampler looks at earlier trials, as TPE does.
        level: of the two-sided intervals.

    Source: the posterior variance of a normal mean with a normal prior, its share estimated (empirical
    Bayes, Efron and Morris 1973); tests/benchmarks/README.md says how often it holds where nothing is normal.
    """
    lifted = _reach(better, _run(len(better), len(other), learns, level))
    held_back = _reach(other, _run(len(other), len(better), learns, level))
    seen = _to_median(better) ** 2 + _to_median(other) ** 2
    noise = error * (_noise_to_median(len(better)) ** 2 + _noise_to_median(len(other)) ** 2)
    share = max(1 - noise / seen, 0.0) if seen else 0.0
    return Luck(lifted, held_back, float(ndtri((1 + level) / 2)) * math.sqrt(2 * error * share))


def _run(n: int, n_other: int, learns: bool, level: float) -> float:
    """Returns how many of the best of n trials are no chance; more than n if the trials are too few."""
    run = best_run(n, n_other, level)
    return max(run, math.ceil(MOST * n), n - ELSEWHERE) if learns else run


def _reach(scores: NDArray[np.float64], run: float) -> float:
    """Returns the distance from the best trial to the last one of a run, or so far towards the next one."""
    if run > len(scores):
        return math.inf
    ordered = np.sort(scores)[::-1]
    return float(ordered[0] - np.interp(run, np.arange(1, len(ordered) + 1), ordered))


def _to_median(scores: NDArray[np.float64]) -> float:
    """Returns how far the best trial is above the median of all."""
    return float(np.max(scores) - np.median(scores))


def _noise_to_median(n: int) -> float:
    """Returns how far the best of n standard normal values is expected above their median.

    Source: the order statistics of Blom 1958.
    """
    return float(ndtri((n - 0.375) / (n + 0.25)))
