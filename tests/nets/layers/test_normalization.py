"""Normalization: means and deviations, running statistics, the relations between its kinds."""

import numpy as np
import pytest

from nets.layers import (
    batchnorm_backward,
    batchnorm_forward,
    layernorm_forward,
    spatial_batchnorm_forward,
    spatial_groupnorm_forward,
)


def test_a_batch_comes_out_with_the_mean_beta_and_the_deviation_gamma(rng):
    x = 5 + 3 * rng.standard_normal((200, 4))
    out, _ = batchnorm_forward(x, np.array([1.0, 2, 3, 4]), np.array([11.0, 12, 13, 14]), {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=0), [11, 12, 13, 14], atol=1e-12)
    np.testing.assert_allclose(out.std(axis=0), [1, 2, 3, 4], rtol=1e-5)


def test_running_statistics_move_by_a_tenth_and_nobodys_dict_changes(rng):
    x = rng.standard_normal((50, 3))
    bn_param = {"mode": "train", "running_mean": np.ones(3), "running_var": np.full(3, 2.0)}
    _, cache = batchnorm_forward(x, np.ones(3), np.zeros(3), bn_param)
    np.testing.assert_allclose(cache.running_mean, 0.9 + 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(cache.running_var, 1.8 + 0.1 * x.var(axis=0))
    assert bn_param.keys() == {"mode", "running_mean", "running_var"}
    assert bn_param["running_mean"].tolist() == [1, 1, 1]
    assert bn_param["running_var"].tolist() == [2, 2, 2]


def test_testing_uses_the_running_statistics_and_leaves_them(rng):
    x, mean, var = rng.standard_normal((5, 3)), np.array([1.0, 2, 3]), np.array([4.0, 5, 6])
    bn_param = {"mode": "test", "running_mean": mean, "running_var": var}
    out, cache = batchnorm_forward(x, np.ones(3), np.zeros(3), bn_param)
    np.testing.assert_allclose(out, (x - mean) / np.sqrt(var + 1e-5))
    assert cache.running_mean is mean
    assert cache.running_var is var


def test_a_net_that_was_never_trained_is_tested_with_mean_0_and_variance_1(rng):
    x = rng.standard_normal((5, 3))
    out, _ = batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "test"})
    np.testing.assert_allclose(out, x / np.sqrt(1 + 1e-5))


def test_a_batch_of_one_becomes_beta_and_has_no_gradient():
    out, cache = batchnorm_forward(
        np.array([[3.0, -4.0]]), np.ones(2), np.array([7.0, 8.0]), {"mode": "train"}
    )
    np.testing.assert_array_equal(out, [[7, 8]])
    np.testing.assert_array_equal(batchnorm_backward(np.ones((1, 2)), cache)[0], [[0, 0]])


def test_layer_normalization_is_batch_normalization_of_the_transpose(rng):
    x = rng.standard_normal((6, 4))
    out, _ = layernorm_forward(x, np.ones(4), np.zeros(4), {})
    turned, _ = batchnorm_forward(x.T, np.ones(6), np.zeros(6), {"mode": "train"})
    np.testing.assert_allclose(out, turned.T, atol=1e-14)


def test_spatial_batch_normalization_takes_pixels_for_images(rng):
    x, gamma, beta = rng.standard_normal((3, 2, 4, 5)), np.array([2.0, 3]), np.array([-1.0, 1])
    out, cache = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
    rows, rows_cache = batchnorm_forward(
        x.transpose(0, 2, 3, 1).reshape(-1, 2), gamma, beta, {"mode": "train"}
    )
    np.testing.assert_allclose(out, rows.reshape(3, 4, 5, 2).transpose(0, 3, 1, 2), atol=1e-13)
    np.testing.assert_allclose(cache.running_var, rows_cache.running_var)


def test_group_normalization_normalizes_each_group_of_each_image(rng):
    x = 4 + 2 * rng.standard_normal((3, 6, 4, 5))
    out, _ = spatial_groupnorm_forward(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), 2, {})
    groups = out.reshape(3, 2, -1)
    np.testing.assert_allclose(groups.mean(axis=2), 0, atol=1e-13)
    np.testing.assert_allclose(groups.std(axis=2), 1, rtol=1e-5)


def test_one_group_is_layer_normalization_of_images(rng):
    x = rng.standard_normal((3, 2, 4, 5))
    out, _ = spatial_groupnorm_forward(x, np.ones(2), np.zeros(2), 1, {})
    rows, _ = layernorm_forward(x.reshape(3, -1), np.ones(40), np.zeros(40), {})
    np.testing.assert_allclose(out.reshape(3, -1), rows, atol=1e-13)


def test_numbers_of_float64_do_not_turn_float32_into_float64(rng):
    x = rng.standard_normal((4, 3)).astype(np.float32)
    bn_param = {"mode": "train", "eps": np.float64(1e-5), "momentum": np.float64(0.9)}
    out, cache = batchnorm_forward(x, np.ones(3, np.float32), np.zeros(3, np.float32), bn_param)
    assert {out.dtype, cache.running_mean.dtype, cache.running_var.dtype} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: batchnorm_forward(np.ones((2, 3)), np.ones(2), np.ones(3), {"mode": "train"}),
            "gamma must have",
        ),
        (
            lambda: batchnorm_forward(np.ones((2, 3)), np.ones(3), np.ones(4), {"mode": "train"}),
            "beta must have",
        ),
        (
            lambda: batchnorm_forward(np.ones((2, 3)), np.ones(3), np.ones(3), {"mode": "eval"}),
            "mode must be one of",
        ),
        (
            lambda: batchnorm_forward(
                np.ones((2, 3)), np.ones(3), np.ones(3), {"mode": "train", "running_mean": np.zeros((1, 3))}
            ),
            r"running_mean must have the shape \(3,\), but got \(1, 3\)",
        ),
        (
            lambda: spatial_batchnorm_forward(
                np.ones((2, 3, 4, 4)), np.ones(3), np.ones(3), {"mode": "test", "running_var": np.ones(1)}
            ),
            r"running_var must have the shape \(3,\), but got \(1,\)",
        ),
        (
            lambda: batchnorm_forward(np.ones((0, 3)), np.ones(3), np.ones(3), {"mode": "train"}),
            "without empty axes",
        ),
        (
            lambda: layernorm_forward(np.ones((2, 3, 1)), np.ones(3), np.ones(3), {}),
            r"x must have the shape \(N, D\)",
        ),
        (
            lambda: spatial_groupnorm_forward(np.ones((1, 4, 2, 2)), np.ones(4), np.ones(4), 3, {}),
            "G must divide the 4 channels, but got 3",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
