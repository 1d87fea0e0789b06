"""The point of a cube from which a Gaussian process expects the greatest improvement.

Trials that are running have no value yet: the expectation is also over what they may come to (Snoek,
Larochelle and Adams 2012, section 3.2). What is compared is its logarithm, which is not flat where little is
expected (Ament et al. 2023, Unexpected Improvements to Expected Improvement for Bayesian Optimization).

The search for the point takes no gradients, so that it treats ranges with steps, choices and conditions
alike: points spread over the cube, then steps from the best of them, smaller from round to round.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erfcx, logsumexp, ndtr
from scipy.stats import qmc

from hpsearch.strategies.cube import NO_CHOICE, Array, Cube
from hpsearch.strategies.regression import Process

N_SPREAD = 1024
N_BEST, N_PROMISING = 5, 10  # of the best trials and of the spread points climb to a peak of their own
N_STEPS = 30  # that each tries, of which it takes the highest
STEPS = (0.1, 0.05, 0.02, 0.01, 0.003)  # standard deviations from round to round, in widths of the cube
N_FUTURES = 32
_ROOT_2, _ROOT_2_PI = math.sqrt(2), math.sqrt(2 * math.pi)


class Improvement:
    """What a process expects of points beyond the best that it knows of.

    Args:
        process: that has seen the trials that ended.
        cube: the space.
        seen, unknown: where trials are whose values are known, and others, shapes (n, d) and (m, d).
        random: a generator of this ask.
    """

    def __init__(
        self, process: Process, cube: Cube, seen: Array, unknown: Array, random: np.random.Generator
    ) -> None:
        self._cube = cube
        self._trials = np.concatenate([seen, unknown])
        if len(unknown):
            half = random.standard_normal((len(unknown), N_FUTURES // 2))
            futures = process.draw(cube.features(unknown), np.concatenate([half, -half], axis=1))
            values = np.repeat(process.values[:, None], N_FUTURES, axis=1)
            process = process.seeing(cube.features(self._trials), np.concatenate([values, futures]))
        self._process = process
        means, _ = process.predict(cube.features(self._trials))
        self._means = means.reshape(len(means), -1)

    def best_trials(self) -> Array:
        """Returns where the best trials are, by their means, at most 5, shape (n, d)."""
        order = np.argsort(-self._means.mean(axis=1), kind="stable")
        return np.asarray(self._trials[order[:N_BEST]])

    def log(self, points: Array) -> Array:
        """Returns the logarithm of the improvement that is expected of each point, shape (m,)."""
        means, deviations = self._process.predict(self._cube.features(points))
        surplus = (means.reshape(len(points), -1) - self._means.max(axis=0)) / deviations[:, None]
        sums = logsumexp(log_expected(surplus), axis=1)
        return np.asarray(sums - math.log(surplus.shape[1]) + np.log(deviations))


def log_expected(z: Array) -> Array:
    """Returns log(pdf(z) + z cdf(z)) of the standard normal distribution, for any z.

    Source: Ament et al. 2023, section 4.1 and appendix A.1.
    """
    logs = np.empty_like(z)
    is_near = z > -1
    near, far = z[is_near], z[~is_near]
    logs[is_near] = np.log(np.exp(-(near**2) / 2) / _ROOT_2_PI + near * ndtr(near))
    ratio = np.sqrt(np.pi / 2) * erfcx(-far / _ROOT_2)  # cdf / pdf
    # 1 + z ratio cancels to 0 far out, where it is near 1 / z**2
    rest = np.where(far > -1e3, 1 + far * ratio, far**-2)
    logs[~is_near] = -(far**2) / 2 - math.log(_ROOT_2_PI) + np.log(rest)
    return logs


def most_promising(cube: Cube, improvement: Improvement, taken: Array, random: np.random.Generator) -> Array:
    """Returns a point of which much is expected, shape (d,): none that is taken, if there is another.

    Each climber goes its own way, so that they do not all end at the same of several peaks.
    """
    occupied = set(_keys(taken))

    def free_logs(points: Array) -> Array:
        is_taken = [key in occupied for key in _keys(points)]
        return np.where(is_taken, -np.inf, improvement.log(points))

    spread = cube.spread(qmc.Sobol(len(cube.parameters), rng=random).random(N_SPREAD))
    promising = np.argsort(-free_logs(spread), kind="stable")[:N_PROMISING]
    climbers = np.concatenate([improvement.best_trials(), spread[promising]])
    heights = free_logs(climbers)
    first = N_STEPS * np.arange(len(climbers))
    for size in STEPS:
        reached = _stepped(cube, climbers, size, random)
        logs = free_logs(reached).reshape(len(climbers), N_STEPS)
        rises = logs.max(axis=1) > heights
        highest = reached[first + logs.argmax(axis=1)]
        climbers = np.where(rises[:, None], highest, climbers)
        heights = np.where(rises, logs.max(axis=1), heights)
    if np.isneginf(heights).all():
        heights = improvement.log(climbers)
    return np.asarray(climbers[np.argmax(heights)])


def _keys(points: Array) -> list[bytes]:
    """Returns what is equal where points are, but for rounding."""
    return [point.tobytes() for point in np.round(points, 9) + 0.0]


def _stepped(cube: Cube, points: Array, size: float, random: np.random.Generator) -> Array:
    """Returns points a step from these, in one coordinate or some; a choice is drawn again in every other."""
    points = np.repeat(points, N_STEPS, axis=0)
    n, d = points.shape
    moves = random.random((n, d)) < 0.3
    moves[np.arange(n), random.integers(d, size=n)] = True
    moved = points + size * random.standard_normal((n, d))
    drawn = np.floor(random.random((n, d)) * cube.n_choices)
    draws = (points == NO_CHOICE) | (moves & (random.random((n, d)) < 0.5))
    chosen, placed = np.where(draws, drawn, points), np.where(moves, moved, points)
    return cube.legal(np.where(cube.n_choices > 0, chosen, placed))
