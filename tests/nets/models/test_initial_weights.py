"""Initial weights: their deviations and limits."""

import math

import numpy as np
import pytest

from nets.models.initial_weights import INITIAL_WEIGHTS, gaussian, he, truncated, xavier


def test_gaussian_weights_have_the_deviation_asked_for(rng):
    assert gaussian((300, 300), 0.02, rng).std() == pytest.approx(0.02, rel=0.02)


def test_truncated_weights_end_at_two_deviations(rng):
    weights = truncated((300, 300), 0.05, rng)
    assert 0.0999 < np.abs(weights).max() <= 0.1
    assert weights.std() == pytest.approx(0.05 * 0.8796, rel=0.02)
    assert weights.mean() == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize(
    ("shape", "fan_in", "fan_out"), [((400, 100), 400, 100), ((64, 32, 5, 5), 800, 1600)]
)
def test_he_and_xavier_know_how_many_inputs_and_outputs_there_are(shape, fan_in, fan_out, rng):
    assert he(shape, 9.9, rng).std() == pytest.approx(math.sqrt(2 / fan_in), rel=0.02)
    assert xavier(shape, 9.9, rng).std() == pytest.approx(math.sqrt(2 / (fan_in + fan_out)), rel=0.02)


@pytest.mark.parametrize("name", INITIAL_WEIGHTS)
def test_weights_come_from_the_generator_alone(name):
    draws = [INITIAL_WEIGHTS[name]((3, 4), 0.1, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
