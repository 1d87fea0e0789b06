"""The gradient checks themselves: right gradients pass, a wrong one of 1 % fails, nets are left alone."""

import numpy as np
import pytest

from nets import FullyConnectedNet
from nets.inspect import gradcheck


class TooSteep(FullyConnectedNet):
    """A net whose gradient of one parameter is 1 % too long."""

    def loss(self, X, y=None, out=None):
        answer = super().loss(X, y, out)
        if y is not None:
            answer[1]["W2"] *= 1.01
        return answer


CHECKS = {
    "projection": lambda net, X, y: gradcheck.net_errors_by_projection(net, X, y, np.random.default_rng(0)),
    "element": gradcheck.net_errors_by_element,
}


@pytest.fixture
def batch(rng):
    return rng.standard_normal((4, 6)), np.array([0, 1, 2, 0])


def build(kind, **settings):
    return kind([5], input_dim=6, num_classes=3, weight_scale=0.5, dtype=np.float64, rng=0, **settings)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_an_error_of_one_percent_in_one_parameter_is_found(check, batch):
    errors = check(build(TooSteep), *batch)
    assert errors["W2"] == pytest.approx(0.01 / 2.01, rel=1e-3)
    assert max(error for name, error in errors.items() if name != "W2") < 1e-7


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_net_with_dropout_and_statistics_passes_and_is_left_alone(check, batch):
    net = build(FullyConnectedNet, dropout=0.4, normalization="batchnorm")
    before = net.state()
    assert max(check(net, *batch).values()) < 1e-6
    after = net.state()
    assert after["dropout_rng"] == before["dropout_rng"]
    for part in ("params", "statistics"):
        for name, array in before[part].items():
            np.testing.assert_array_equal(after[part][name], array)


def test_the_gradient_of_a_known_function_comes_out():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    gradient = gradcheck.numeric_gradient(lambda a: float(np.sum(a**3)), x)
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-8)
    weighted = gradcheck.numeric_gradient_array(np.sin, x, np.array([[1.0, 2], [3, 4]]))
    np.testing.assert_allclose(weighted, np.cos(x) * [[1, 2], [3, 4]], rtol=1e-8)


def test_the_relative_error_is_the_courses():
    assert gradcheck.relative_error(np.array([1.0, 0.0]), np.array([1.1, 0.0])) == pytest.approx(0.1 / 2.1)
    assert gradcheck.relative_error(np.zeros(1), np.array([1e-9])) == pytest.approx(0.1)


def test_integers_have_the_gradient_of_the_same_floats():
    gradient = gradcheck.numeric_gradient(lambda a: float(np.sum(a**2) / 4), np.array([1, -3]))
    np.testing.assert_allclose(gradient, [0.5, -1.5], atol=1e-9)
    assert gradcheck.relative_error(np.array([1, 2], np.uint8), np.array([3, 2], np.uint8)) == 0.5
