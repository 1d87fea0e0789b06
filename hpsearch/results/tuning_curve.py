"""The tuning curve: what the best of so many trials reaches, with a band that holds for all of them at once.

tuning_curve(values)   the median of the best of n trials, n = 1, 2, ..., with its band

Only for searches whose trials are drawn alike, whatever came before them: random and Sobol search.
"""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, gammaln

from hpsearch.results.stats import LEVEL

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]


def tuning_curve(values: FloatArray) -> pd.DataFrame:
    """Returns the accuracy that half of all searches of n trials reach, for n up to the number of trials.

    The best of n trials lies below y with probability F(y)**n, F being the distribution of one
    trial's value; its median is the quantile 0.5**(1/n) of F. How many values lie below it does not
    depend on F, so the band holds in at least 95 % of all searches, whatever F is, for all n at
    once; Sobol points are more even than random ones, which makes it hold all the more. Beyond about
    a tenth of the trials nothing is known from above but that no accuracy is above 1.

    Args:
        values: the value of each trial, fractions in [0, 1]; 0 for one that cannot win.

    Returns:
        The columns n, estimate, low and high; no rows without a value.

    Raises:
        ValueError: a value is not a fraction in [0, 1].

    Source: Lourie, Cho and He 2023, "Show Your Work with Confidence"; their band of the whole F,
    here of the quantiles that the curve is made of, which makes it narrower.
    """
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError(f"values must be fractions in [0, 1], but got {values}")
    n_values = len(values)
    n = np.arange(1, n_values + 1)
    if not n_values:
        return pd.DataFrame({"n": n, "estimate": values, "low": values, "high": values})
    fewest, most = _counts_below(n_values)
    # Of value number `count` the quantile is at least as large, of the next one at most.
    ordered = np.concatenate([[0.0], np.sort(values), [1.0]])
    at = np.ceil(n_values * _quantiles(n_values)).astype(np.int_)
    return pd.DataFrame({"n": n, "estimate": ordered[at], "low": ordered[fewest], "high": ordered[most + 1]})


def _quantiles(n: int) -> FloatArray:
    """Returns which quantile of one value the median of the best of 1, ..., n values is."""
    quantiles: FloatArray = 0.5 ** (1 / np.arange(1, n + 1))
    return quantiles


@cache
def _counts_below(n: int) -> tuple[IntArray, IntArray]:
    """Returns between which numbers of n values lie below each quantile, all at once, in 95 % of the samples.

    Each number is binomial. The two tails that every one leaves out are equal, and as large as they
    can be for all to hold together.
    """
    numbers, quantiles = np.arange(n + 1), _quantiles(n)
    up_to, above = bdtr(numbers, n, quantiles[:, None]), bdtrc(numbers, n, quantiles[:, None])

    def ends(tail: float) -> tuple[IntArray, IntArray]:
        return np.count_nonzero(up_to <= tail, axis=1), np.count_nonzero(above > tail, axis=1)

    # By Bonferroni the first is small enough; the second would do for one quantile alone.
    enough, too_large = (1 - LEVEL) / (2 * n), (1 - LEVEL) / 2
    for _ in range(20):
        middle = (enough * too_large) ** 0.5
        if _probability_within(*ends(middle), quantiles) >= LEVEL:
            enough = middle
        else:
            too_large = middle
    return ends(enough)


def _probability_within(fewest: IntArray, most: IntArray, quantiles: FloatArray) -> float:
    """Returns the probability that at each quantile from fewest to most of the n draws lie below it.

    The number of draws below t is a Poisson process of rate n, given that it ends at n.

    Source: Moscovich and Nadler 2017, "Fast calculation of boundary crossing probabilities".
    """
    n = len(quantiles)
    log_factorials = gammaln(np.arange(n + 1) + 1.0)
    rates = n * np.diff(quantiles, prepend=0.0, append=1.0)
    first, chances = 0, np.ones(1)
    for rate, low, high in zip(rates, [*fewest, n], [*most, n], strict=True):
        steps = np.arange(high - first + 1)
        arrivals = np.exp(steps * np.log(rate) - rate - log_factorials[steps])
        chances = np.convolve(chances, arrivals)[low - first : high - first + 1]
        first = low
    return float(chances[-1] / np.exp(n * np.log(n) - n - log_factorials[n]))
