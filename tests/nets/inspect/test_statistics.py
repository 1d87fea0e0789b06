"""Statistics of weights and activations."""

import numpy as np
import pytest

from nets import NETS, FullyConnectedNet
from nets.inspect.statistics import activation_statistics, weight_statistics

SMALL = {
    "FullyConnectedNet": {"hidden_dims": [8, 8], "input_dim": 32},
    "TwoLayerNet": {"hidden_dim": 8, "input_dim": 32},
    "ThreeLayerConvNet": {"input_dim": (2, 4, 4), "num_filters": 3, "filter_size": 3, "hidden_dim": 8},
    "LRNConvNet": {"input_dim": (2, 4, 4), "num_filters": 3, "filter_size": 3, "hidden_dim": 8},
}


def test_weights_of_a_scale_have_that_deviation():
    statistics = weight_statistics(FullyConnectedNet([200, 200], input_dim=200, weight_scale=0.05, rng=0))
    assert [row.name for row in statistics] == ["W1", "W2", "W3"]
    for row in statistics:
        assert row.mean == pytest.approx(0, abs=0.005)
        assert row.deviation == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize("kind", NETS)
def test_every_net_shows_its_hidden_layers(kind, rng):
    net = NETS[kind](**SMALL[kind], weight_scale=0.5, rng=0)
    X = rng.standard_normal((6, 2, 4, 4))
    scores = net.loss(X)
    rows = activation_statistics(net, X)
    assert [row.name for row in rows] == list(net.activations(X))
    assert all(len(output) == 6 for output in net.activations(X).values())
    assert all(0 <= row.dead < 1 and row.deviation > 0 for row in rows)
    np.testing.assert_array_equal(net.loss(X), scores)


def test_a_unit_that_never_fires_is_dead(rng):
    net = FullyConnectedNet([4], input_dim=3, weight_scale=1.0, rng=0)
    net.params["b1"] = [-100, 0, 0, -100]
    (row,) = activation_statistics(net, rng.standard_normal((50, 3)))
    assert row.dead == 0.5
