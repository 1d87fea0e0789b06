"""Which trials may be the truly best one, by what each got right on the same images.

within_noise(correct)     the smallest set of trials that holds the best one with 95 %

An empirical Bayes set: how the true accuracies of the trials are distributed is told by all of them together,
so that where many lie close to each other a few errors more or less count for little, and where few reach the
top these stand out. No random numbers are drawn.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hpsearch.results.stats import LEVEL

Floats = NDArray[np.float64]

N_GRID = 120
N_STEPS = 100
N_NODES = 12
WIDEST = 30.0  # standard errors around the best within which the grid lies: each of its steps is half of one
# No two settings are exactly as good, so that each kind of trial that the accuracies tell apart is spread by
# this many standard errors of one of them; tests/benchmarks/README.md says what other numbers do.
SMOOTH = 0.5
NARROWED = (0.0, 0.25, 0.5, 0.75, 1.0)  # copies of the distribution, from all trials equal to as it is


class Measured(NamedTuple):
    """Trials as if each had been tested on images of its own.

    Attributes:
        accuracies: one a trial, (n_trials,).
        n_images: how many such images each has: more than there are, since nets err together, and what
            all of them get wrong tells none apart.
    """

    accuracies: Floats
    n_images: float


def within_noise(correct: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Returns which trials are likely enough to be the best one, those with the highest accuracy included.

    Trials are taken by their probability of being the best until these add up to 95 %. Over searches as
    those of tests/benchmarks/README.md the set holds the best trial in about 95 %, or more; for one search
    whose trials are distributed in a way that no such search is, nothing is promised.

    Args:
        correct: whether a trial's net (of its best epoch) was right on an image, (n_trials, n_images) bool.

    Returns:
        (n_trials,) bool; all trials if there is no image.

    Raises:
        ValueError: correct is not a matrix.

    Source: nonparametric maximum likelihood of the distribution of effects (Kiefer and Wolfowitz 1956), by
    expectation maximization (Laird 1978); empirical Bayes sets as in Gupta's subset selection (1965).
    """
    if correct.ndim != 2:
        raise ValueError(f"correct must have the shape (n_trials, n_images), but got {correct.shape}")
    if correct.size == 0:
        return np.ones(len(correct), np.bool_)
    chances = chances_of_best(measured(correct))
    return _fewest(chances)


def measured(correct: NDArray[np.bool_]) -> Measured:
    """Returns accuracies, and what they are worth against each other.

    The variance of a difference is that of the images on which just one of two nets was right, here on
    average over the pairs of the better half of the trials, and one image is added to each. Divided by the
    variance of as many independent images it is the share of independent luck in the trials.
    """
    n_trials, n_images = correct.shape
    accuracies = correct.mean(axis=1)
    better = accuracies >= np.quantile(accuracies, 0.5) if n_trials > 3 else np.ones(n_trials, np.bool_)
    hits, own = correct[better].astype(np.float32), accuracies[better]
    apart = (own[:, None] + own - 2 * (hits @ hits.T) / n_images) - (own[:, None] - own) ** 2
    alone = own * (1 - own)
    pairs = np.triu_indices(len(own), 1)
    share = (apart[pairs].sum() + 1 / n_images) / ((alone[:, None] + alone)[pairs].sum() + 1 / n_images)
    return Measured(accuracies, n_images / float(np.clip(share, 1e-3, 1.0)))


def chances_of_best(trials: Measured) -> Floats:
    """Returns each trial's probability of being the best, (n_trials,); they add up to 1.

    How far the trials differ is only estimated, and of few or nearly equal ones often too high. So it is
    averaged over narrower copies of their distribution, each by how well it explains the accuracies: these
    rule narrow ones out as soon as the trials differ by more than chance makes them.

    Source: Deely and Lindley 1981, Bayes empirical Bayes.
    """
    quantiles = _grid(trials)
    distribution = _distribution(trials, quantiles)
    middle = distribution @ quantiles
    copies = [_posteriors(trials, middle + share * (quantiles - middle), distribution) for share in NARROWED]
    evidence = np.array([evidence for _, evidence in copies])
    weights = np.exp(evidence - evidence.max())
    chances = [_chances_of_largest(posteriors) for posteriors, _ in copies]
    return np.asarray(weights / weights.sum() @ chances)


def _posteriors(trials: Measured, quantiles: Floats, distribution: Floats) -> tuple[Floats, float]:
    """Returns how each trial's true accuracy is distributed over the quantiles, and the log-evidence."""
    # the distribution is in the maximum: where a trial is likeliest a narrow copy may have nothing at all
    logarithms = _log_likelihoods(trials, ndtr(quantiles)) + np.log(np.maximum(distribution, 1e-300))
    highest = logarithms.max(axis=1, keepdims=True)
    joint = np.exp(logarithms - highest)
    sums = joint.sum(axis=1, keepdims=True)
    return joint / sums, float((np.log(sums) + highest).sum())


def _grid(trials: Measured) -> Floats:
    """Returns true accuracies that come into question, as quantiles of the normal distribution.

    With many images all of them together would lie further apart than trials can be told apart. What is far
    behind the best is no rival, so that it is enough to know that it is there: at the grid's lower end.
    """
    accuracies, n_images = trials
    best = accuracies.max()
    highest = (best * n_images + 1) / (n_images + 2)
    lowest = np.clip(accuracies.min(), 0.02, highest)
    widest = WIDEST * _standard_error(best, n_images)
    return np.linspace(
        max(ndtri(lowest) - 0.3, ndtri(highest) - widest), ndtri(highest) + min(1, widest), N_GRID
    )


def _log_likelihoods(trials: Measured, true: Floats) -> Floats:
    """Returns how likely each trial's accuracy is for each true one, (n_trials, n_true)."""
    right = trials.accuracies[:, None]
    return np.asarray(trials.n_images * (right * np.log(true) + (1 - right) * np.log1p(-true)))


def _standard_error(accuracy: float, n_images: float) -> float:
    """Returns the error of an accuracy, as a quantile."""
    middle = (accuracy * n_images + 1) / (n_images + 2)
    density = np.exp(-(ndtri(middle) ** 2) / 2) / np.sqrt(2 * np.pi)
    return float(np.sqrt(middle * (1 - middle) / n_images) / density)


def _distribution(trials: Measured, quantiles: Floats) -> Floats:
    """Returns the distribution of true accuracies over the grid: a mixture of normal ones of one width."""
    logarithms = _log_likelihoods(trials, ndtr(quantiles))
    likelihoods = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    error = _standard_error(float(np.median(trials.accuracies)), trials.n_images)
    width = max(SMOOTH * error, quantiles[1] - quantiles[0])
    kernels = np.exp(-(((quantiles[:, None] - quantiles) / width) ** 2) / 2)
    kernels /= kernels.sum(axis=1, keepdims=True)
    of_kernels = likelihoods @ kernels.T
    weights = np.full(len(kernels), 1 / len(kernels))
    for _ in range(N_STEPS):
        shares = of_kernels * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return np.asarray(weights @ kernels)


def _chances_of_largest(distributions: Floats) -> Floats:
    """Returns for each of some independent numbers the probability that it is the largest.

    Args:
        distributions: of each over the cells of one grid, within which it is evenly spread.
    """
    below = distributions.cumsum(axis=1) - distributions
    nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
    chances = np.zeros(len(distributions))
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        logarithms = np.log(np.maximum(below + node * distributions, 1e-300))
        others = np.exp(logarithms.sum(axis=0) - logarithms)
        chances += weight * (distributions * others).sum(axis=1)
    return np.asarray(chances / chances.sum())


def _fewest(chances: Floats) -> NDArray[np.bool_]:
    """Returns the likeliest ones whose chances add up to the level; of equal ones all or none."""
    ordered = np.sort(chances)[::-1]
    n_needed = int(np.searchsorted(ordered.cumsum(), LEVEL)) + 1
    least = ordered[min(n_needed, len(ordered)) - 1]
    return np.asarray(chances >= least * (1 - 1e-9))
