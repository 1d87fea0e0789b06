"""Which parameters trials tell of, one after another: those with which they are likelier beyond chance.

    clear_of_chance(pairs, scores, candidates, level)    their places, in the order of what they add

All parameters at once are too many settings for some dozens of trials: with twelve of which none says
anything, nearness can be measured so that the few trials that are near to each other are alike. Each of the
parameters that this takes then seems to be needed. A single one has nothing to hide behind, so parameters
join one by one, each if trials are likelier with it than with those that joined before; or two at a time, for
some say something only together. tests/benchmarks/README.md says how often that is right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist

import numpy as np

from hpsearch.results.fits import Array, Fit, likeliest, only, start
from hpsearch.strategies.regression import Pairs


class _Steps:
    """The fits of those that joined, and of what might join them.

    Attributes:
        joined: the places of those that joined.
        fit: the one of these.
        one_more: the one with each that might be the next.
    """

    def __init__(self, pairs: Pairs, scores: Array, candidates: Sequence[int]) -> None:
        self._pairs, self._scores, self._candidates = pairs, scores, candidates
        self.joined: list[int] = []
        self.fit = self._fitted([], start(0, 1.0))
        self._look()

    @property
    def n_left(self) -> int:
        """How many parameters have not joined, candidates or not."""
        return len(self._pairs.gaps) - len(self.joined)

    def join(self, places: Sequence[int], fit: Fit) -> None:
        self.joined, self.fit = [*self.joined, *places], fit
        self._look()

    def two_more(self, one: int, other: int) -> Fit:
        """Returns the fit with two more."""
        with_one, with_other = self.one_more[one].logs, self.one_more[other].logs
        place, small = len(self.joined), math.log(0.1)
        starts = [np.insert(with_one, place + 1, small), np.insert(with_other, place, small)]
        return self._fitted([*self.joined, one, other], start(place + 2, 1.0), *starts)

    def _look(self) -> None:
        n, from_here = len(self.joined), np.insert(self.fit.logs, len(self.joined), math.log(0.1))
        self.one_more = {
            place: self._fitted([*self.joined, place], start(n + 1, 1.0), from_here)
            for place in self._candidates
            if place not in self.joined
        }

    def _fitted(self, places: Sequence[int], *starts: Array) -> Fit:
        return likeliest(only(self._pairs, places), self._scores, starts)


def clear_of_chance(pairs: Pairs, scores: Array, candidates: Sequence[int], level: float) -> list[int]:
    """Returns the parameters that trials tell of beyond chance, the clearest first.

    Half of the level is shared out over those that may join alone, the other half over those that may join
    in twos, candidates or not, for the trials chose these. Of two each must also add to the other what a
    single one must.

    Args:
        pairs: of the points, a row of gaps for each parameter.
        scores: of the points, of mean 0 and variance 1.
        candidates: places of the parameters that come into question.
        level: how often a parameter may join where none says anything.
    """
    if not candidates:
        return []
    steps = _Steps(pairs, scores, candidates)
    while steps.one_more and (_join_one(steps, level / 2) or _join_two(steps, level / 2)):
        pass
    return steps.joined


def _join_one(steps: _Steps, level: float) -> bool:
    place, fit = min(steps.one_more.items(), key=lambda one: one[1].loss)
    if fit.deviations_over(steps.fit) <= _clear(level, steps.n_left):
        return False
    steps.join([place], fit)
    return True


def _join_two(steps: _Steps, level: float) -> bool:
    found = [(two, steps.two_more(*two)) for two in combinations(steps.one_more, 2)]
    if not found:
        return False
    two, fit = min(found, key=lambda one: one[1].loss)
    together = fit.deviations_over(steps.fit) > _clear(level, math.comb(steps.n_left, 2))
    each = min(fit.deviations_over(steps.one_more[place]) for place in two) > _clear(level, steps.n_left)
    if together and each:
        steps.join(two, fit)
    return together and each


def _clear(level: float, n: int) -> float:
    """Returns how many deviations are beyond chance where n are looked at."""
    return NormalDist().inv_cdf(1 - level / n)
