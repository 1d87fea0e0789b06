"""How far the luck of two searches alone can part what they find, although nothing else does.

best_run(n, n_other, level)   so many best trials in a row from one of two equal searches are no chance
spread(scores, n_other, ...)  how far luck may have lifted the best of a search

Two searches with equal budgets over one space do not end at equally good settings. Seeds and images
do not show that: the more of them, the surer it is that the two settings differ.
"""

import math

import numpy as np
from numpy.typing import NDArray

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


def spread(scores: NDArray[np.float64], n_other: int, *, learns: bool, level: float = LEVEL) -> float:
    """Returns how far luck may have lifted the best trial of a search above that of an equal one.

    It is the distance from the best trial to the last of the run that is no chance: if the other
    search were equally good after a shift by more than that, the whole run would lie above it.

    Args:
        scores: an accuracy of each trial, the same measure in both searches.
        n_other: trials of the other search.
        learns: whether the sampler looks at earlier trials, as TPE does.
        level: of a two-sided interval.

    Returns:
        The distance, >= 0; infinity if the trials are too few.
    """
    n = len(scores)
    run = best_run(n, n_other, level)
    if learns:
        run = max(run, math.ceil(HALF * n), n - ELSEWHERE)
    if run > n:
        return math.inf
    ordered = np.sort(scores)[::-1]
    return float(ordered[0] - ordered[run - 1])
