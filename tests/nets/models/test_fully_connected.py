"""Fully connected nets: the course's numbers, any depth."""

from itertools import pairwise

import numpy as np
import pytest

from nets import FullyConnectedNet, TwoLayerNet
from nets.inspect.gradcheck import net_errors_by_element


@pytest.fixture
def course_net():
    """The net and batch of which the course prints scores and losses."""
    net = TwoLayerNet(input_dim=5, hidden_dim=50, num_classes=7, weight_scale=1e-3, rng=0)
    net.params["W1"] = np.linspace(-0.7, 0.3, 250).reshape(5, 50)
    net.params["b1"] = np.linspace(-0.1, 0.9, 50)
    net.params["W2"] = np.linspace(-0.3, 0.4, 350).reshape(50, 7)
    net.params["b2"] = np.linspace(-0.9, 0.1, 7)
    return net, np.linspace(-5.5, 4.5, 15).reshape(5, 3).T


def test_the_courses_scores_come_out(course_net):
    net, X = course_net
    expected = [
        [11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096],
        [12.05769098, 12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143],
        [12.58373087, 13.20054771, 13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319],
    ]
    assert np.abs(net.loss(X) - expected).sum() < 1e-6


@pytest.mark.parametrize(("reg", "expected"), [(0.0, 3.4702243556), (1.0, 26.5948426952)])
def test_the_courses_losses_come_out(course_net, reg, expected):
    net, X = course_net
    net.reg = reg
    assert net.loss(X, np.array([0, 5, 1]))[0] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_the_courses_gradients_are_right(course_net, reg):
    net, X = course_net
    net.reg = reg
    assert max(net_errors_by_element(net, X, np.array([0, 5, 1])).values()) < 1e-6


def test_initial_weights_have_their_scale_and_biases_are_zero():
    net = TwoLayerNet(input_dim=5, hidden_dim=50, num_classes=7, weight_scale=1e-3, rng=0)
    assert net.params["W1"].std() == pytest.approx(1e-3, rel=0.1)
    assert net.params["W2"].std() == pytest.approx(1e-3, rel=0.1)
    assert not net.params["b1"].any()
    assert not net.params["b2"].any()


@pytest.mark.parametrize("hidden_dims", [[], [4], [5, 4, 3, 2], np.array([3, 2])])
def test_nets_have_any_depth(hidden_dims, rng):
    net = FullyConnectedNet(
        hidden_dims, input_dim=(2, 3), num_classes=3, weight_scale=0.5, dtype="float64", rng=0
    )
    sizes = [6, *hidden_dims, 3]
    expected = {f"W{i}": (a, b) for i, (a, b) in enumerate(pairwise(sizes), 1)}
    assert {name: array.shape for name, array in net.params.items() if name[0] == "W"} == expected
    net.params.flat[...] = rng.standard_normal(net.params.flat.shape)
    X, y = rng.standard_normal((4, 2, 3)), np.array([0, 1, 2, 0])
    assert max(net_errors_by_element(net, X, y).values()) < 1e-6


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "tanh"])
def test_every_activation_has_its_gradient(activation, rng):
    net = FullyConnectedNet(
        [6, 5], input_dim=4, num_classes=3, activation=activation, dtype=np.float64, rng=0
    )
    net.params.flat[...] = rng.standard_normal(net.params.flat.shape)
    X, y = rng.standard_normal((4, 4)), np.array([0, 1, 2, 0])
    assert max(net_errors_by_element(net, X, y).values()) < 1e-6


def test_none_means_no_normalization():
    assert FullyConnectedNet([3], input_dim=2, normalization=None, rng=0).params.keys() == {
        "W1",
        "b1",
        "W2",
        "b2",
    }


def test_normalized_layers_are_the_hidden_ones():
    net = FullyConnectedNet([3, 4], input_dim=2, normalization="batchnorm", rng=0)
    assert {name: array.shape for name, array in net.params.items() if name[0] in "g"} == {
        "gamma1": (3,),
        "gamma2": (4,),
    }
    assert net.statistics.keys() == {"running_mean1", "running_mean2", "running_var1", "running_var2"}
