"""Dropout: p is the probability of dropping, masks are new at every call, testing changes nothing."""

import numpy as np
import pytest

from nets.layers import dropout_backward, dropout_forward


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_p_is_the_fraction_that_is_dropped_and_the_mean_stays(p, rng):
    out, _ = dropout_forward(np.full((300, 300), 10.0), {"p": p, "mode": "train"}, rng)
    assert (out == 0).mean() == pytest.approx(p, abs=0.01)
    assert out.mean() == pytest.approx(10, rel=0.04)


def test_the_gradient_passes_where_units_were_kept(rng):
    x = np.ones((20, 20))
    out, cache = dropout_forward(x, {"p": 0.3, "mode": "train"}, rng)
    np.testing.assert_array_equal(dropout_backward(x, cache), out)


def test_every_step_of_training_draws_a_new_mask(rng):
    masks = [dropout_forward(np.ones(100), {"p": 0.5, "mode": "train"}, rng)[0] for _ in range(2)]
    assert not np.array_equal(*masks)


@pytest.mark.parametrize("param", [{"p": 0.7, "mode": "test"}, {"p": 0.0, "mode": "train"}])
def test_without_dropping_nothing_changes_and_nothing_is_drawn(param, rng):
    x = rng.standard_normal((3, 4))
    before = rng.bit_generator.state
    out, cache = dropout_forward(x, param, rng)
    assert rng.bit_generator.state == before
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(dropout_backward(x, cache), x)
    assert not np.shares_memory(out, x)


def test_the_mask_of_float32_is_float32(rng):
    out, cache = dropout_forward(np.ones((2, 2), np.float32), {"p": np.float64(0.5), "mode": "train"}, rng)
    assert out.dtype == cache.mask.dtype == np.float32


@pytest.mark.parametrize("p", [1.0, -0.1, 2, float("nan")])
def test_a_probability_outside_0_to_1_is_refused_with_its_meaning(p, rng):
    with pytest.raises(
        ValueError, match=r"p must be a probability of dropping a unit in \[0, 1\), 0 = off, but got"
    ):
        dropout_forward(np.ones(3), {"p": p, "mode": "train"}, rng)


def test_an_unknown_mode_is_refused(rng):
    with pytest.raises(ValueError, match=r"mode must be one of .*, but got 'eval'"):
        dropout_forward(np.ones(3), {"p": 0.5, "mode": "eval"}, rng)
