"""Activations: the course's numbers, saturation, the kink."""

import numpy as np
import pytest

from nets.layers import (
    leaky_relu_backward,
    leaky_relu_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_forward,
)
from nets.layers.activations import ACTIVATIONS


def test_the_courses_example_of_relu_comes_out():
    out, _ = relu_forward(np.linspace(-0.5, 0.5, 12).reshape(3, 4))
    expected = [[0, 0, 0, 0], [0, 0, 0.04545455, 0.13636364], [0.22727273, 0.31818182, 0.40909091, 0.5]]
    np.testing.assert_allclose(out, expected, atol=1e-8)


def test_relu_passes_no_gradient_at_zero():
    _, cache = relu_forward(np.array([-1.0, 0.0, 2.0]))
    np.testing.assert_array_equal(relu_backward(np.ones(3), cache), [0, 0, 1])


def test_leaky_relu_leaks_a_hundredth_by_default():
    out, cache = leaky_relu_forward(np.array([-3.0, 0.0, 3.0]))
    np.testing.assert_allclose(out, [-0.03, 0, 3])
    np.testing.assert_allclose(leaky_relu_backward(np.ones(3), cache), [0.01, 0.01, 1])


def test_sigmoid_neither_overflows_nor_loses_its_ends():
    out, cache = sigmoid_forward(np.array([-1e4, -800.0, 0.0, 800.0, 1e4]))
    np.testing.assert_array_equal(out, [0, 0, 0.5, 1, 1])
    np.testing.assert_array_equal(sigmoid_backward(np.ones(5), cache), [0, 0, 0.25, 0, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_sigmoids_have_all_their_digits_but_in_nets(dtype):
    x = np.linspace(-80, 80, 10001).astype(dtype)
    right = 1 / (1 + np.exp(-x.astype(np.float64)))
    np.testing.assert_allclose(sigmoid_forward(x)[0], right, rtol=4 * np.finfo(dtype).eps)
    quick, cache = ACTIVATIONS["sigmoid"].forward(x)
    np.testing.assert_allclose(quick, right, rtol=0, atol=np.finfo(dtype).eps)
    assert quick.dtype == cache.dtype == dtype


@pytest.mark.parametrize("x", [-2.0, -0.3, 0.0, 1.7])
def test_sigmoid_and_tanh_are_what_their_formulas_say(x):
    assert sigmoid_forward(np.array([x]))[0][0] == pytest.approx(1 / (1 + np.exp(-x)), abs=1e-15)
    assert tanh_forward(np.array([x]))[0][0] == pytest.approx(np.sinh(x) / np.cosh(x), abs=1e-15)


def test_gradients_vanish_through_many_sigmoids_and_not_through_relus():
    x, factors = np.array([0.5]), {}
    for name, forward, backward in (
        ("sigmoid", sigmoid_forward, sigmoid_backward),
        ("relu", relu_forward, relu_backward),
    ):
        caches, value, gradient = [], x, np.ones(1)
        for _ in range(20):
            value, cache = forward(value)
            caches.append(cache)
        for cache in reversed(caches):
            gradient = backward(gradient, cache)
        factors[name] = gradient[0]
    assert factors["relu"] == 1
    assert 0 < factors["sigmoid"] <= 0.25**20
