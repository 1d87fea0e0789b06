"""Kernel regression on parameters alone and in pairs, judged on trials that it has not seen.

parameter_kernel(values, is_choice)        how much alike trials are in one parameter
precision(kernels, n_parameters, shape)    what the trials say of each other
left_out_errors(precision, y)              how far each trial is from what the others predict of it
best_shape(kernels, y)                     the shape whose predictions are the best
rank_scores(standing)                      y of standings
evenly(n, at_most)                         which trials, where there are too many
groups_p_value(groups, y, precision)       do groups of trials differ by more than the regression explains?

A regression is a Gaussian process whose covariance is a sum of kernels: it needs no random numbers, and all
left-out predictions come from one inversion.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MAX_TRIALS = 400
"""Of more trials so many are taken, evenly over the search: the time grows with their third power."""
SHAPE_TRIALS = 200
"""So many are enough to find the regression's shape."""
WIDTH = 0.3
"""Ranks, from 0 to 1, that are so far apart say little about each other."""
_OFFSET = 10.0
"""Variance of the mean, which nothing is known of: large beside the 1 of y."""


class Shape(NamedTuple):
    """What a regression expects.

    Attributes:
        noise: variance of what no parameter explains; what they explain has 1.
        pairs: share of that 1 which belongs to pairs of parameters.
    """

    noise: float
    pairs: float


SHAPES = tuple(Shape(noise, pairs) for noise in (0.1, 0.3, 1.0, 3.0, 10.0) for pairs in (0.0, 0.3, 0.7))


def parameter_kernel(values: pd.Series, is_choice: bool) -> Matrix:
    """Returns how much alike trials are in one parameter: centred, with a mean diagonal of 1.

    Numbers are compared by their ranks, so that a search that concentrates is looked at closely where it
    does. Trials without the parameter are like each other and unlike the rest.

    Args:
        values: one a trial; NaN or None where a condition left it out.
        is_choice: whether they are choices.

    Returns:
        (trials, trials); all 0 where the values do not differ.
    """
    absent = values.isna().to_numpy()
    if is_choice:
        codes = pd.factorize(values)[0]
        alike = (codes[:, None] == codes).astype(np.float64)
    else:
        ranks = values.astype(np.float64).rank(pct=True).fillna(0.0).to_numpy()
        alike = np.exp(-((ranks[:, None] - ranks) ** 2) / (2 * WIDTH**2)) * (absent[:, None] == absent)
    alike += alike.mean() - alike.mean(axis=0) - alike.mean(axis=1)[:, None]
    scale = float(np.trace(alike)) / len(alike)
    return alike / scale if scale > 1e-9 else np.zeros_like(alike)


def precision(kernels: Sequence[Matrix], n_parameters: int, shape: Shape) -> Matrix:
    """Returns the inverse covariance of trials that these kernels tell apart.

    Args:
        kernels: one a parameter, at least one.
        n_parameters: among how many the explained variance is shared out, those left out included.
        shape: see `Shape`.
    """
    alone = np.sum(kernels, axis=0)
    covariance = (1 - shape.pairs) / n_parameters * alone
    if shape.pairs and n_parameters > 1:
        products = alone**2 - np.sum([kernel**2 for kernel in kernels], axis=0)
        covariance += shape.pairs / (n_parameters * (n_parameters - 1)) * products
    return np.asarray(np.linalg.inv(covariance + _OFFSET + shape.noise * np.eye(len(alone))))


def left_out_errors(precision: Matrix, y: Vector) -> Vector:
    """Returns y minus what all other trials predict of it.

    Source: Rasmussen and Williams 2006, equation 5.12.
    """
    return np.asarray(precision @ y / np.diag(precision))


def rank_scores(standing: pd.Series) -> Vector:
    """Returns the ranks of standings with mean 0 and variance 1; 0 if they are equal."""
    ranks = standing.rank().to_numpy()
    return np.asarray((ranks - ranks.mean()) / (ranks.std() or 1.0))


def evenly(n: int, at_most: int) -> NDArray[np.intp]:
    """Returns places among n, all of them or so many at equal distances."""
    return np.unique(np.linspace(0, n - 1, min(n, at_most)).round().astype(np.intp))


def best_shape(kernels: Sequence[Matrix], y: Vector) -> Shape:
    """Returns the shape whose predictions of left-out trials have the smallest squared errors."""
    few = evenly(len(y), SHAPE_TRIALS)
    kernels, y = [kernel[np.ix_(few, few)] for kernel in kernels], y[few]
    squares = [np.sum(left_out_errors(precision(kernels, len(kernels), shape), y) ** 2) for shape in SHAPES]
    return SHAPES[int(np.argmin(squares))]


def groups_p_value(groups: pd.Series, y: Vector, precision: Matrix) -> float:
    """Returns the p-value of groups of trials having the same mean beside what the regression explains.

    Args:
        groups: of which group each trial is.
        y: (trials,).
        precision: of a regression on everything but the groups.

    Source: the F-test of generalized least squares.
    """
    from scipy.special import fdtrc

    members = pd.get_dummies(groups, dummy_na=bool(groups.isna().any())).to_numpy(np.float64)
    n_trials, n_groups = members.shape
    if not 1 < n_groups < n_trials:
        return 1.0
    together = _squares_left(np.ones((n_trials, 1)), y, precision)
    apart = _squares_left(members, y, precision)
    ratio = (together - apart) / (n_groups - 1) / (apart / (n_trials - n_groups))
    return float(fdtrc(n_groups - 1, n_trials - n_groups, max(ratio, 0.0)))


def _squares_left(columns: Matrix, y: Vector, precision: Matrix) -> float:
    """Returns what is left of y after generalized least squares on the columns."""
    weighted = columns.T @ precision
    left = y - columns @ np.linalg.solve(weighted @ columns, weighted @ y)
    return float(left @ precision @ left)
