"""Expected improvement is the integral that defines it, also beside running trials; its maximum is found."""

import numpy as np
import pytest
from scipy import integrate, stats

from hpsearch.strategies.cube import Cube
from hpsearch.strategies.expected import Improvement, log_expected, most_promising
from hpsearch.strategies.regression import Process
from hpsearch.study.spacetable import parse_space

LINE = Cube(parse_space({"x": {"low": 0.0, "high": 1.0}}))
FEW = Cube(parse_space({"n": {"low": 1, "high": 3}, "c": {"choices": ["a", "b"]}}))


def process(points, values, cube=LINE, noise=1e-4):
    features = cube.features(points)
    return Process(features, np.array(values), np.full(features.shape[1], 9.0), 1.0, noise)


def improvement(known, points, running=(), cube=LINE):
    none = np.empty((0, points.shape[1]))
    beside = np.array(running, dtype=float).reshape(-1, points.shape[1]) if len(running) else none
    return Improvement(known, cube, points, beside, np.random.default_rng(0))


@pytest.mark.parametrize("z", [-30.0, -8.0, -1.0001, -1.0, -0.999, 0.0, 2.0, 30.0])
def test_the_logarithm_is_that_of_the_integral(z):
    # of max(z + u, 0) over a standard normal u, scaled so that it does not underflow
    height = stats.norm.logpdf(max(-z, 0))
    value, _ = integrate.quad(lambda gap: gap * np.exp(stats.norm.logpdf(gap - z) - height), 0, np.inf)
    if z < 20:
        assert log_expected(np.array([z]))[0] == pytest.approx(np.log(value) + height, rel=1e-6)
    else:
        assert log_expected(np.array([z]))[0] == pytest.approx(np.log(z), rel=1e-12)


def test_it_is_finite_and_rises_however_far_out():
    logs = log_expected(-np.logspace(9, -3, 4000))
    assert np.isfinite(logs).all()
    assert (np.diff(logs) > 0).all()


def test_points_near_the_best_promise_most_and_known_ones_little():
    points = np.array([[0.1], [0.4], [0.6], [0.9]])
    known = process(points, [-1.0, 0.8, 0.7, -1.0])
    found = most_promising(LINE, improvement(known, points), points, np.random.default_rng(1))
    grid = np.linspace(0, 1, 2001)[:, None]
    logs = improvement(known, points).log(grid)
    assert found[0] == pytest.approx(grid[logs.argmax(), 0], abs=0.002)
    assert 0.4 < found[0] < 0.6
    assert improvement(known, points).log(points).max() < logs.max() - 1


def test_beside_a_running_trial_it_is_the_mean_over_what_that_may_come_to():
    points, running, other = np.array([[0.2], [0.8]]), [[0.5]], np.array([[0.55], [0.3]])
    known = process(points, [0.0, 0.3], noise=0.01)
    expected = []
    for future in np.linspace(0.005, 0.995, 100):
        mean, deviation = known.predict(LINE.features(np.array(running)))
        value = mean[0] + np.hypot(deviation[0], 0.1) * stats.norm.ppf(future)
        both = np.concatenate([points, running])
        later = known.seeing(LINE.features(both), np.array([*known.values, value]))
        best = later.predict(LINE.features(both))[0].max()
        means, deviations = later.predict(LINE.features(other))
        expected.append(deviations * np.exp(log_expected((means - best) / deviations)))
    beside = improvement(known, points, running).log(other)
    np.testing.assert_allclose(np.exp(beside), np.mean(expected, axis=0), rtol=0.25)
    assert beside[0] < improvement(known, points).log(other)[0]


def test_no_taken_point_is_proposed_while_there_is_another():
    every = FEW.spread(np.random.default_rng(0).random((200, 2)))
    every = np.unique(every, axis=0)
    assert len(every) == 6
    for left in range(6):
        points = np.delete(every, left, axis=0)
        known = process(points, [2.0, *[-0.5] * 4], FEW)
        found = most_promising(FEW, improvement(known, points, cube=FEW), points, np.random.default_rng(1))
        assert found.tolist() == every[left].tolist()
    known = process(every, [2.0, *[-0.4] * 5], FEW)
    again = most_promising(FEW, improvement(known, every, cube=FEW), every, np.random.default_rng(1))
    assert again.tolist() in every.tolist()


def test_the_peak_of_several_ranges_is_climbed():
    """In five ranges the points that are spread lie far apart: most of the way to a peak is climbed."""
    space = Cube(parse_space({name: {"low": 0.0, "high": 1.0} for name in "abcde"}))
    points = space.spread(np.random.default_rng(0).random((40, 5)))
    values = -((points - 0.6) ** 2).sum(axis=1)
    known = process(points, (values - values.mean()) / values.std(), space)
    promise = improvement(known, points, cube=space)
    found = most_promising(space, promise, points, np.random.default_rng(1))
    spread = space.spread(np.random.default_rng(2).random((20_000, 5)))
    assert promise.log(found[None])[0] > promise.log(spread).max()
