"""Gaussian-process regression: what is known of a function after noisy looks at some points.

    process = fit(features, groups, values)    # values: mean 0, deviation 1
    means, deviations = process.predict(others)

The kernel is Matérn 5/2 with a length scale for each group of features (`groups[j]` is that of feature j).
Their lengths and the variances of kernel and noise are those of the greatest posterior density, under the
priors of Optuna's GPSampler: Gamma(2, 1) for the kernel's variance, Gamma(1.1, rate 30) for the noise's, and
exp(-0.1 / a - 0.1 a) for a, the inverse square of a length scale, where features lie between 0 and 1.

Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, sections 2.2, 4.2.1 and 5.4.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import dsymv
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_STARTS = (0.1, 1e-3)  # variances of the noise from which the density is climbed; all else begins at 1
_RELEVANCE, _SCALE, _NOISE = (1e-4, 1e4), (1e-3, 1e3), (1e-6, 10.0)  # within these ends
_JITTER = 1e-10


@dataclass(frozen=True)
class Process:
    """A Gaussian process that has seen some points.

    Attributes:
        features: of the points, shape (n, c).
        values: what was seen there, shape (n,), or (n, s) for s functions at the same points.
        relevance: inverse squared length scale of each feature, shape (c,).
        scale, noise: variances of the kernel and of the noise.
    """

    features: Array
    values: Array
    relevance: Array
    scale: float
    noise: float

    def seeing(self, features: Array, values: Array) -> Process:
        """Returns the process with the same settings that has seen these points instead."""
        return Process(features, values, self.relevance, self.scale, self.noise)

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Returns the function's means, shape (m,) or (m, s), and its standard deviations, shape (m,)."""
        between = self._kernel(features, self.features)
        explained = solve_triangular(self._factor, between.T, lower=True, check_finite=False)
        variances = self.scale - np.einsum("nm,nm->m", explained, explained)
        return between @ self._weights, np.sqrt(np.maximum(variances, _JITTER))

    def draw(self, features: Array, normals: Array) -> Array:
        """Returns noisy values at m points, drawn together.

        Args:
            features: of the points, shape (m, c).
            normals: standard normal numbers, shape (m, s), for s draws.
        """
        between = self._kernel(features, self.features)
        explained = solve_triangular(self._factor, between.T, lower=True, check_finite=False)
        covariance = self._noisy(self._kernel(features, features)) - explained.T @ explained
        means = between @ self._weights
        return np.asarray(means[:, None] + cholesky(covariance, lower=True) @ normals)

    def left_out_errors(self) -> Array:
        """Returns each value minus what all others predict of it, shape (n,).

        Source: Rasmussen and Williams 2006, equation 5.12.
        """
        inverse = cho_solve((self._factor, True), np.eye(len(self.features)))
        return np.asarray(self._weights / np.diag(inverse))

    def rise(self, above: Array, below: Array) -> tuple[float, float]:
        """Returns how much higher the function is above than below, on the average, and its deviation.

        Args:
            above, below: features of points, shape (m, c) each.
        """
        features = np.concatenate([above, below])
        shares = np.repeat([1 / len(above), -1 / len(below)], [len(above), len(below)])
        between = shares @ self._kernel(features, self.features)
        explained = solve_triangular(self._factor, between, lower=True, check_finite=False)
        variance = float(shares @ self._kernel(features, features) @ shares) - float(explained @ explained)
        return float(between @ self._weights), math.sqrt(max(variance, _JITTER))

    @cached_property
    def _factor(self) -> Array:
        """The lower Cholesky factor of the covariance of what was seen."""
        return np.asarray(cholesky(self._noisy(self._kernel(self.features, self.features)), lower=True))

    @cached_property
    def _weights(self) -> Array:
        return np.asarray(cho_solve((self._factor, True), self.values))

    def _kernel(self, a: Array, b: Array) -> Array:
        root = np.sqrt(self.relevance)
        return self.scale * _matern(cdist(a * root, b * root, "sqeuclidean"))[0]

    def _noisy(self, covariance: Array) -> Array:
        return covariance + (self.noise + _JITTER) * np.eye(len(covariance))


def fit(features: Array, groups: Indices, values: Array) -> Process:
    """Returns the process whose settings have the greatest posterior density.

    Args:
        features: shape (n, c), between 0 and 1.
        groups: whose length scale each feature has: 0, 1, ..., shape (c,).
        values: shape (n,), of mean 0 and standard deviation 1.
    """
    pairs = Pairs.of(features, groups)
    ends = [*[_RELEVANCE] * len(pairs.gaps), _SCALE, _NOISE]
    climbed = [
        minimize(
            _loss,
            np.log([*[1.0] * len(pairs.gaps), 1.0, noise]),
            args=(pairs, values),
            jac=True,
            method="L-BFGS-B",
            bounds=np.log(ends),
            options={"maxiter": 50, "ftol": 1e-6},
        )
        for noise in _STARTS
    ]
    *relevance, scale, noise = np.exp(min(climbed, key=lambda one: float(one.fun)).x)
    return Process(features, values, np.array(relevance)[groups], float(scale), float(noise))


@dataclass(frozen=True)
class Pairs:
    """The pairs of n points, each once: their numbers, and squared distances in each group of features."""

    rows: Indices
    columns: Indices
    gaps: Array  # shape (groups, pairs)

    @classmethod
    def of(cls, features: Array, groups: Indices) -> Pairs:
        """Returns the pairs of points with features of shape (n, c), feature j being of group groups[j]."""
        rows, columns = np.tril_indices(len(features), -1)
        gaps = np.zeros((int(groups.max()) + 1, len(rows)))
        for feature, group in zip(features.T, groups, strict=True):
            gaps[group] += (feature[rows] - feature[columns]) ** 2
        return cls(rows, columns, gaps)


def _matern(squared: Array) -> tuple[Array, Array]:
    """Returns Matérn 5/2 of squared distances in length scales, and its derivative by them."""
    root = np.sqrt(5 * squared)
    decay = np.exp(-root)
    return (1 + root + 5 / 3 * squared) * decay, -5 / 6 * (1 + root) * decay


def _loss(logs: Array, pairs: Pairs, values: Array) -> tuple[float, Array]:
    """Returns the negative logarithm of the posterior density, and its gradient by the settings' logs."""
    loss, by = unlikelihood(logs, pairs, values)
    relevance, scale, noise = np.exp(logs[:-2]), math.exp(logs[-2]), math.exp(logs[-1])
    prior = float((0.1 / relevance + 0.1 * relevance).sum()) + scale - math.log(scale)
    prior += 30 * noise - 0.1 * math.log(noise)
    by_relevance = by[:-2] - 0.1 / relevance + 0.1 * relevance
    return loss + prior, np.array([*by_relevance, by[-2] + scale - 1, by[-1] + 30 * noise - 0.1])


def unlikelihood(logs: Array, pairs: Pairs, values: Array) -> tuple[float, Array]:
    """Returns the negative log-likelihood of values but for a constant, and its gradient.

    Each pair is looked at once, which halves the work.

    Args:
        logs: logarithms of the relevance of each group, of the kernel's variance and of the noise's.
        pairs: of the points.
        values: at the points, shape (n,).
    """
    relevance, scale, noise = np.exp(logs[:-2]), math.exp(logs[-2]), math.exp(logs[-1])
    n = len(values)
    kernel, slope = _matern(relevance @ pairs.gaps)
    covariance = np.zeros((n, n))
    covariance[pairs.rows, pairs.columns] = scale * kernel
    covariance[np.diag_indices(n)] = scale + noise + _JITTER
    # LAPACK reads columns first: to it the lower triangle of the transposed matrix is the upper one
    factor, failed = dpotrf(covariance.T, lower=0, overwrite_a=1)
    if failed:  # the settings are no covariance in floating point: worse than any other
        return 1e25, np.zeros_like(logs)
    inverse, _ = dpotri(factor, lower=0)
    weights = dsymv(1.0, inverse, values, lower=0)
    inner = inverse.T[pairs.rows, pairs.columns] - weights[pairs.rows] * weights[pairs.columns]
    on_diagonal = float((np.diag(inverse) - weights**2).sum())
    loss = 0.5 * float(values @ weights) + float(np.log(np.diag(factor)).sum())
    by_relevance = scale * relevance * (pairs.gaps @ (inner * slope))
    by_scale = scale * (float(inner @ kernel) + 0.5 * on_diagonal)
    return loss, np.array([*by_relevance, by_scale, 0.5 * noise * on_diagonal])
