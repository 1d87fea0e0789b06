"""The likeliest settings of a Gaussian process of some of the parameters.

    likeliest(pairs, scores, starts)    a Fit
    only(pairs, places)                 pairs of points that have these parameters alone
    start(n, relevance)                 settings to climb from

Length scales are at least a quarter of a range, since shorter ones explain noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hpsearch.strategies.regression import Pairs, unlikelihood

Array = NDArray[np.float64]

LEAST_RELEVANCE = 1e-3
_RELEVANCE, _SCALE, _NOISE = (LEAST_RELEVANCE, 16.0), (1e-2, 1e2), (1e-2, 3.0)


@dataclass(frozen=True)
class Fit:
    """Settings, as logarithms, and the negative logarithm of the likelihood that they have.

    Attributes:
        logs: of the relevance of each parameter, of the kernel's variance and of the noise's.
        loss: the negative log-likelihood, but for a constant.
    """

    logs: Array
    loss: float

    def deviations_over(self, without: Fit) -> float:
        """Returns by how many deviations of pure chance trials are likelier than without a parameter.

        Twice the logarithm of the likelihood ratio of a parameter that says nothing is 0 half of the time,
        and else has chi square's distribution with one degree of freedom (Self and Liang 1987, case 5): its
        root is the positive half of a normal number.
        """
        return float(np.sqrt(2 * max(without.loss - self.loss, 0.0)))


def only(pairs: Pairs, places: Sequence[int]) -> Pairs:
    """Returns pairs of points that have these parameters alone."""
    return Pairs(pairs.rows, pairs.columns, pairs.gaps[list(places)])


def start(n: int, relevance: float) -> Array:
    """Returns settings of n parameters, of this relevance each, to climb from."""
    return np.log([*[relevance] * n, 1.0, 0.5])


def likeliest(pairs: Pairs, scores: Array, starts: Sequence[Array]) -> Fit:
    """Returns the likeliest settings that climbs from these reach."""
    ends = np.log([*[_RELEVANCE] * len(pairs.gaps), _SCALE, _NOISE])
    options = {"maxiter": 60, "ftol": 1e-6}
    climbed = [
        minimize(unlikelihood, one, (pairs, scores), "L-BFGS-B", jac=True, bounds=ends, options=options)
        for one in starts
    ]
    best = min(climbed, key=lambda one: float(one.fun))
    return Fit(best.x, float(best.fun))
