"""The convolutional nets against the same nets in textbook layers."""

import numpy as np
import pytest

from nets import LRNConvNet, ThreeLayerConvNet, layers
from nets.inspect.gradcheck import net_errors_by_projection
from nets.models.stages import Affine, Dropout

CONV, POOL = {"stride": 1, "pad": "same"}, {"pool_height": 2, "pool_width": 2, "stride": 2}


def normalized(x, net, layer, mode):
    """x normalized by the textbook layers as the net says."""
    kind = {2: "rows", 4: "images"}[x.ndim]
    if "gamma1" not in net.params:
        return x
    gamma, beta = net.params[f"gamma{layer}"], net.params[f"beta{layer}"]
    if not net.statistics:
        if kind == "images":
            return layers.spatial_groupnorm_forward(x, gamma, beta, 1, {})[0]
        return layers.layernorm_forward(x, gamma, beta, {})[0]
    statistics = {name: net.statistics[f"{name}{layer}"] for name in ("running_mean", "running_var")}
    forward = layers.spatial_batchnorm_forward if kind == "images" else layers.batchnorm_forward
    return forward(x, gamma, beta, {"mode": mode, **statistics})[0]


def textbook_scores(net, X, mode):
    """Scores of a ThreeLayerConvNet by textbook layers."""
    params = net.params
    x = normalized(layers.conv_forward(X, params["W1"], params["b1"], CONV)[0], net, 1, mode)
    x = layers.max_pool_forward(np.maximum(x, 0), POOL)[0]
    x = normalized(layers.affine_forward(x, params["W2"], params["b2"])[0], net, 2, mode)
    return layers.affine_forward(np.maximum(x, 0), params["W3"], params["b3"])[0]


@pytest.mark.parametrize("normalization", ["none", "batchnorm", "layernorm"])
@pytest.mark.parametrize("image", [(1, 8, 8), (3, 7, 10)])
@pytest.mark.parametrize("side", [3, 4])
def test_the_fast_net_is_the_textbook_net(normalization, image, side, rng):
    net = ThreeLayerConvNet(
        image, num_filters=4, filter_size=side, hidden_dim=6, normalization=normalization, weight_scale=0.4,
        dtype=np.float64, rng=0,
    )  # fmt: skip
    net.params.flat[...] += 0.1 * rng.standard_normal(net.params.flat.shape)
    X, y = rng.standard_normal((5, *image)), np.array([0, 1, 2, 3, 9])
    right = layers.softmax_loss(textbook_scores(net, X, "train"), y)[0]
    assert net.loss(X, y)[0] == pytest.approx(right, rel=1e-12)
    np.testing.assert_allclose(net.loss(X), textbook_scores(net, X, "test"), atol=1e-12)


@pytest.mark.parametrize("normalization", ["none", "batchnorm", "layernorm"])
@pytest.mark.parametrize(
    ("settings", "probabilities"),
    [
        ({}, []),
        ({"dropout": 0.3}, [0.3]),
        ({"pool_dropout": 0.2}, [0.2]),
        ({"pool_dropout": 0.2, "dropout": 0.3}, [0.2, 0.3]),
    ],
)
def test_pooled_maps_and_hidden_units_are_dropped_apart(settings, probabilities, normalization):
    net = ThreeLayerConvNet(normalization=normalization, rng=0, **settings)
    stages = [stage for stage in net._train_stages if isinstance(stage, Affine | Dropout)]
    assert [stage.p for stage in stages if isinstance(stage, Dropout)] == probabilities
    hidden = next(place for place, stage in enumerate(stages) if isinstance(stage, Affine))
    assert [stage.p for stage in stages[:hidden]] == probabilities[: "pool_dropout" in settings]


@pytest.mark.parametrize("normalization", ["none", "batchnorm", "layernorm"])
def test_without_its_pooled_maps_a_net_sees_biases_alone(normalization, rng):
    net = ThreeLayerConvNet(
        (1, 8, 8), num_filters=4, pool_dropout=1 - 1e-12, normalization=normalization, weight_scale=0.4,
        dtype=np.float64, rng=0,
    )  # fmt: skip
    X, y = rng.standard_normal((5, 1, 8, 8)), np.array([0, 1, 2, 3, 9])
    loss, gradients = net.loss(X, y)
    assert loss == pytest.approx(np.log(10))
    assert not gradients["W1"].any()
    assert not gradients["W2"].any()


@pytest.mark.parametrize("image", [(3, 9, 6), (3, 8, 8)])
@pytest.mark.parametrize("second_pool", [2, 3])
@pytest.mark.parametrize("lrn_stages", [0, 1, 2])
def test_the_lrn_net_is_the_textbook_net(image, second_pool, lrn_stages, rng):
    net = LRNConvNet(
        image,
        num_filters=4,
        hidden_dim=7,
        second_pool=second_pool,
        lrn_stages=lrn_stages,
        weight_scale=0.2,
        reg=0.3,
        affine_reg=0.7,
        dtype=np.float64,
        rng=0,
    )
    net.params.flat[...] += 0.05 * rng.standard_normal(net.params.flat.shape)
    X, y = rng.standard_normal((3, *image)), np.array([4, 0, 9])
    x, params = X, net.params
    for stage, side in ((1, 3), (2, second_pool)):
        pool = {"pool_height": side, "pool_width": side, "stride": 2, "pad": "same"}
        x = layers.conv_forward(x, params[f"W{stage}"], params[f"b{stage}"], CONV)[0]
        x = layers.max_pool_forward(np.maximum(x, 0), pool)[0]
        x = layers.lrn_forward(x, {})[0] if stage <= lrn_stages else x
        np.testing.assert_allclose(net.activations(X)[f"stage{stage}"], x, atol=1e-12)
    assert x.shape == (3, 4, -(-image[1] // 4), -(-image[2] // 4))
    hidden = np.maximum(layers.affine_forward(x, params["W3"], params["b3"])[0], 0)
    scores = layers.affine_forward(hidden, params["W4"], params["b4"])[0]
    np.testing.assert_allclose(net.loss(X), scores, atol=1e-12)
    filters = np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2)
    weights = np.sum(params["W3"] ** 2) + np.sum(params["W4"] ** 2)
    penalty = 0.3 / 2 * filters + 0.7 / 2 * weights
    assert net.loss(X, y)[0] == pytest.approx(layers.softmax_loss(scores, y)[0] + penalty, rel=1e-12)


def test_the_defaults_are_the_courses_nets():
    shapes = {name: array.shape for name, array in ThreeLayerConvNet(rng=0).params.items()}
    assert shapes["W1"] == (32, 3, 7, 7)
    assert shapes["W2"] == (32 * 16 * 16, 100)
    assert shapes["W3"] == (100, 10)
    net = LRNConvNet(rng=0)
    assert {name: array.shape for name, array in net.params.items() if name[0] == "W"} == {
        "W1": (64, 3, 5, 5),
        "W2": (64, 64, 5, 5),
        "W3": (64 * 8 * 8, 256),
        "W4": (256, 10),
    }
    assert (net.reg, net.affine_reg) == (0.005, 0.004)
    assert np.abs(net.params["W1"]).max() <= 0.1


def test_an_image_too_small_to_pool_is_refused():
    with pytest.raises(
        ValueError, match=r"input_dim must have at least 2 x 2 pixels to pool, but got \(1, 1, 8\)"
    ):
        ThreeLayerConvNet((1, 1, 8))


@pytest.mark.parametrize("image", [(1, 1, 1), (2, 1, 7), (3, 2, 3)])
def test_the_lrn_net_takes_the_smallest_images(image, rng):
    net = LRNConvNet(image, num_filters=2, hidden_dim=3, dtype=np.float64, rng=0)
    net.params.flat[...] = 0.5 * rng.standard_normal(net.params.flat.shape)
    X, y = rng.standard_normal((3, *image)), np.array([0, 1, 2])
    assert max(net_errors_by_projection(net, X, y, rng, step=1e-6).values()) < 1e-6
