"""The process is scikit-learn's with the same settings; those are where the density is greatest."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from hpsearch.strategies import regression
from hpsearch.strategies.regression import Process, fit

RELEVANCE = np.array([4.0, 0.25, 1.0])


def generator():
    return np.random.default_rng(3)


def points(n, seed=0):
    return np.random.default_rng([7, seed]).random((n, 3))


def process(n=12):
    return Process(points(n), generator().standard_normal(n), RELEVANCE, 1.7, 0.05)


def reference(known):
    """Returns scikit-learn's process with the same settings, and that of the noisy values."""
    function = ConstantKernel(known.scale) * Matern(known.relevance**-0.5, nu=2.5)
    noise = known.noise + regression._JITTER
    silent = GaussianProcessRegressor(function, alpha=noise, optimizer=None)
    noisy = GaussianProcessRegressor(function + WhiteKernel(noise), alpha=0.0, optimizer=None)
    return silent.fit(known.features, known.values), noisy.fit(known.features, known.values)


def test_predictions_are_those_of_scikit_learn():
    known, others = process(), points(20, seed=1)
    means, deviations = known.predict(others)
    expected = reference(known)[0].predict(others, return_std=True)
    np.testing.assert_allclose(means, expected[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(deviations, expected[1], rtol=1e-7)


def test_left_out_errors_are_those_of_seeing_all_others():
    known = process()
    for i, error in enumerate(known.left_out_errors()):
        others = np.arange(12) != i
        means, _ = known.seeing(known.features[others], known.values[others]).predict(known.features[[i]])
        assert error == pytest.approx(known.values[i] - means[0], rel=1e-6)


def test_a_rise_is_the_difference_of_averages():
    known, above, below = process(), points(4, seed=1), points(3, seed=2)
    shares = np.repeat([1 / 4, -1 / 3], [4, 3])
    means, covariance = reference(known)[0].predict(np.concatenate([above, below]), return_cov=True)
    expected = shares @ means, np.sqrt(shares @ covariance @ shares)
    assert known.rise(above, below) == pytest.approx(expected, rel=1e-6)


def test_several_functions_at_once_are_each_of_them():
    known, others = process(), points(5, seed=1)
    two = known.seeing(known.features, np.stack([known.values, -2 * known.values], axis=1))
    means, deviations = two.predict(others)
    one, same = known.predict(others)
    np.testing.assert_allclose(means, np.stack([one, -2 * one], axis=1))
    np.testing.assert_array_equal(deviations, same)


def test_draws_have_the_mean_and_the_covariance_of_noisy_values():
    known, others = process(), points(4, seed=1)
    root_5 = np.sqrt(5)
    normals = root_5 * np.concatenate([np.eye(4), -np.eye(4)], axis=1)  # mean 0
    draws = known.draw(others, normals)
    means, covariance = reference(known)[1].predict(others, return_cov=True)
    np.testing.assert_allclose(draws.mean(axis=1), means, rtol=1e-9, atol=1e-12)
    centred = draws - draws.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(centred @ centred.T / 10, covariance, rtol=1e-6)


@pytest.mark.parametrize("groups", [[0, 1, 2], [0, 1, 1]])
def test_the_gradient_of_the_density_is_its_slope(groups):
    pairs = regression.Pairs.of(points(9), np.array(groups))
    values = generator().standard_normal(9)
    at = np.log([*np.linspace(0.5, 2.0, max(groups) + 1), 1.3, 0.05])
    _, gradient = regression._loss(at, pairs, values)
    slope = approx_fprime(at, lambda logs: regression._loss(logs, pairs, values)[0], 1e-7)
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-4)


def test_the_density_is_that_of_the_values_and_of_the_priors():
    known = process()
    at = np.log([*RELEVANCE, known.scale, known.noise])
    pairs = regression.Pairs.of(known.features, np.arange(3))
    loss, _ = regression._loss(at, pairs, known.values)
    likelihood = reference(known)[1].log_marginal_likelihood_value_ + len(known.values) / 2 * np.log(
        2 * np.pi
    )
    prior = -(0.1 / RELEVANCE + 0.1 * RELEVANCE).sum() + np.log(known.scale) - known.scale
    prior += 0.1 * np.log(known.noise) - 30 * known.noise
    assert loss == pytest.approx(-likelihood - prior, rel=1e-6)


def test_a_fit_finds_noise_and_which_features_matter():
    features = points(120)
    values = np.sin(6 * features[:, 0]) + 0.1 * generator().standard_normal(120)
    deviation = values.std()
    found = fit(features, np.arange(3), (values - values.mean()) / deviation)
    assert np.sqrt(found.noise) * deviation == pytest.approx(0.1, rel=0.2)
    assert found.relevance[0] > 20 * found.relevance[1:].max()


def test_features_of_a_group_have_one_length_scale():
    found = fit(points(15), np.array([0, 1, 1]), generator().standard_normal(15))
    assert found.relevance[1] == found.relevance[2] != found.relevance[0]


@pytest.mark.parametrize(
    "values",
    [np.zeros(8), np.array([1.0, -1.0] * 4), np.array([-2.6, *[0.4] * 7])],
    ids=["equal", "two values", "an outlier"],
)
def test_points_that_coincide_and_odd_values_can_be_fitted(values):
    features = np.repeat(points(2), 4, axis=0)
    means, deviations = fit(features, np.arange(3), values).predict(features)
    assert np.isfinite(means).all()
    assert (deviations > 0).all()
