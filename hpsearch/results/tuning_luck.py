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

HALF = 0.5
"""Of trials that a sampler draws near its best ones, so many must be better than all of the other search:
they crowd around what one of them found, and count for far fewer. tests/benchmarks/README.md says how that
was measured."""
ELSEWHERE = 20
"""All but so many of them, where that is more: a sampler that is caught at one of several tops puts every
later trial there, so that of many trials the better half is of that top alone."""


def best_run(n: int, n_other: int, level: float = LEVEL) -> int:
    """Returns how many of the best of all trials must come from one of two searches to be no chance.

    If trials of both are drawn alike, the best j are all from the search with n trials with the
    probability n / N * (n - 1) / (N - 1) * ... of j factors, N = n + n_other, whatever the accuracies'
    distribution is.

    Args:
        n: trials of the search, >= 0.
        n_other: trials of the other one, >= 0.
        level: of a two-sided test.

    Returns:
        The number; n + 1 if n trials are too few to show anything.

    Source: the precedence test of Rosenbaum 1954.
    """
    chance, run = 1.0, 0
    while chance > (1 - level) / 2:
        if run == n:
            return n + 1
        chance *= (n - run) / (n + n_other - run)
        run += 1
    return run


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
    share is told by the runs: how long they are, against runs of pure noise.

    Args:
        better, other: an accuracy of each trial, the same measure in both searches.
        error: variance of such an accuracy of one setting from training to training.
        learns: whether the sampler looks at earlier trials, as TPE does.
        level: of the two-sided intervals.

    Source: the posterior variance of a normal mean with a normal prior, its share estimated (empirical
    Bayes, Efron and Morris 1973); tests/benchmarks/README.md says how often it holds where nothing is normal.
    """
    sides = ((better, len(other)), (other, len(better)))
    runs = [_run(len(scores), n_other, learns, level) for scores, n_other in sides]
    lifted, held_back = _length(better, runs[0]), _length(other, runs[1])
    noise = error * (_length_of_noise(len(better), runs[0]) ** 2 + _length_of_noise(len(other), runs[1]) ** 2)
    seen = lifted**2 + held_back**2
    share = max(1 - noise / seen, 0.0) if seen else 0.0
    return Luck(lifted, held_back, float(ndtri((1 + level) / 2)) * math.sqrt(2 * error * share))


def _run(n: int, n_other: int, learns: bool, level: float) -> int:
    """Returns how many of the best of n trials are no chance; more than n if the trials are too few."""
    run = best_run(n, n_other, level)
    return max(run, math.ceil(HALF * n), n - ELSEWHERE) if learns else run


def _length(scores: NDArray[np.float64], run: int) -> float:
    """Returns the distance from the best trial to the last one of a run."""
    if run > len(scores):
        return math.inf
    ordered = np.sort(scores)[::-1]
    return float(ordered[0] - ordered[run - 1])


def _length_of_noise(n: int, run: int) -> float:
    """Returns the expected length of a run of n standard normal values.

    Source: the order statistics of Blom 1958.
    """
    first, last = ndtri((n + 0.625 - np.array([1, min(run, n)])) / (n + 0.25))
    return float(first - last)
