"""What a prediction costs is counted by hand here."""

import pytest

from nets import FullyConnectedNet, LRNConvNet, ThreeLayerConvNet, TwoLayerNet


def test_an_affine_layer_uses_each_weight_once():
    net = FullyConnectedNet([7, 5], input_dim=(3, 4, 2), num_classes=6, normalization="batchnorm")
    assert net.multiply_adds == 24 * 7 + 7 * 5 + 5 * 6
    assert TwoLayerNet(24, 7, num_classes=6).multiply_adds == 24 * 7 + 7 * 6


def test_a_convolution_uses_its_filters_at_every_place_of_the_map():
    net = ThreeLayerConvNet((2, 8, 6), num_filters=4, filter_size=3, hidden_dim=9, num_classes=5)
    assert net.multiply_adds == 4 * 2 * 3 * 3 * (8 * 6) + 4 * (4 * 3) * 9 + 9 * 5


@pytest.mark.parametrize("normalization", ["none", "groupnorm"])
def test_pooling_leaves_fewer_places_to_what_follows(normalization):
    net = LRNConvNet((1, 9, 7), num_filters=2, filter_size=3, hidden_dim=8, normalization=normalization)
    first, second = 2 * 1 * 3 * 3 * (9 * 7), 2 * 2 * 3 * 3 * (5 * 4)
    assert net.multiply_adds == first + second + 2 * (3 * 2) * 8 + 8 * 10
