"""A net as a list of stages: what runs is what was written, in fewer passes."""

import numpy as np
import pytest

from nets import NETS, FullyConnectedNet, LRNConvNet, ThreeLayerConvNet
from nets.layers.activations import ACTIVATIONS
from nets.models.fusion import ConvReluPool, fused
from nets.models.normalizations import NORMALIZATIONS, groups_of
from nets.models.stages import Activation, Convolution, MaxPool, Normalization

SMALL = {
    "FullyConnectedNet": {"hidden_dims": [6, 4], "input_dim": (2, 6, 5)},
    "TwoLayerNet": {"hidden_dim": 6, "input_dim": (2, 6, 5)},
    "ThreeLayerConvNet": {"input_dim": (2, 6, 5), "num_filters": 4, "filter_size": 3, "hidden_dim": 6},
    "LRNConvNet": {"input_dim": (2, 6, 5), "num_filters": 4, "filter_size": 3, "hidden_dim": 6},
}


IMAGE = (2, 6, 8)


def kinds(stages):
    return [type(stage).__name__ for stage in stages]


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("normalization", ["none", *NORMALIZATIONS])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_stages_that_run_do_what_the_written_ones_say(kind, normalization, activation, rng):
    settings = {"normalization": normalization, "activation": activation, "dtype": np.float64}
    net = NETS[kind](**SMALL[kind], **settings, num_classes=3, weight_scale=0.4, rng=0)
    net.params.flat[...] += 0.1 * rng.standard_normal(net.params.flat.shape)
    X, y = rng.standard_normal((5, 2, 6, 5)), np.array([0, 1, 2, 0, 1])
    loss, grads = net.loss(X, y)  # running statistics move, so that tests do not meet their first values
    found = {"loss": net.loss(X, y)[0], "scores": net.loss(X), **net.activations(X)}
    written = [stage for stage in net._stages() if stage.is_needed]
    plain = NETS[kind](**SMALL[kind], **settings, num_classes=3, rng=0)
    plain.params = net.params
    plain._train_stages = plain._test_stages = tuple(written)
    right_loss, right_grads = plain.loss(X, y)
    right = {"loss": plain.loss(X, y)[0], "scores": plain.loss(X), **plain.activations(X)}
    assert loss == pytest.approx(right_loss, rel=1e-12)
    assert found.keys() == right.keys()
    for name, value in right.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-10, atol=1e-12, err_msg=name)
    for name, gradient in right_grads.items():
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-9, atol=1e-12, err_msg=name)


def test_conv_relu_pool_is_one_stage():
    net = ThreeLayerConvNet(rng=0)
    assert kinds(net._train_stages) == ["ConvReluPool", "Affine", "Activation", "Affine"]
    assert kinds(net._test_stages) == kinds(net._train_stages)


def test_batch_normalization_trains_in_one_pass_and_folds_into_the_filters_in_tests():
    net = ThreeLayerConvNet(normalization="batchnorm", rng=0)
    assert (kinds(net._train_stages)[0], kinds(net._test_stages)[0]) == (
        "ConvBatchnormReluPool",
        "ConvReluPool",
    )


def test_a_normalization_by_the_image_stays_a_stage():
    net = ThreeLayerConvNet(normalization="layernorm", rng=0)
    assert kinds(net._train_stages)[:4] == ["Convolution", "Normalization", "MaxPool", "Activation"]
    assert kinds(net._test_stages)[0] == "Convolution"


def test_other_windows_and_activations_are_left_alone_but_for_their_order():
    convolution, tanh = Convolution(1, 2, 3), Activation("tanh")
    large, small = MaxPool(3, 2, "same", name="x"), MaxPool(2, 2)
    assert fused([convolution, tanh, small], "test", IMAGE) == (convolution, small, tanh)
    assert fused([convolution, Activation("relu"), large], "train", IMAGE) == (
        convolution,
        MaxPool(3, 2, "same"),
        Activation("relu", "x"),
    )
    assert fused([small, tanh, convolution], "train", IMAGE) == (small, tanh, convolution)
    normalized = [convolution, Normalization(1, "groupnorm", 2), Activation("relu"), small]
    assert not any(isinstance(stage, ConvReluPool) for stage in fused(normalized, "test", IMAGE))


def test_convolutions_of_many_channels_stay_apart():
    relu, small = Activation("relu"), MaxPool(2, 2)
    written = [Convolution(1, 64, 5), relu, small, Convolution(2, 64, 5), relu, small]
    assert kinds(fused(written, "train", (3, 32, 32))) == [
        "ConvReluPool",
        "Convolution",
        "MaxPool",
        "Activation",
    ]


def test_batch_normalization_is_fused_in_training_where_images_of_few_channels_come_in():
    norm, relu, small = Normalization(1, "batchnorm", 1), Activation("relu"), MaxPool(2, 2)
    written = [Convolution(1, 16, 3), norm, relu, small]
    assert kinds(fused(written, "train", (3, 32, 32))) == ["ConvBatchnormReluPool"]
    assert kinds(fused(written, "train", (40, 16, 16)))[:2] == ["Convolution", "Normalization"]
    assert kinds(fused([tanh := Activation("tanh"), *written], "train", (3, 32, 32)))[1] == "Convolution"
    assert kinds(fused([tanh, *written], "test", (40, 16, 16)))[1] == "ConvReluPool"


def test_an_activation_that_also_falls_stays_before_the_pooling(monkeypatch):
    bump = ACTIVATIONS["relu"]._replace(rises=False)
    monkeypatch.setitem(ACTIVATIONS, "bump", bump)
    written = [Convolution(1, 2, 3), Activation("bump"), MaxPool(2, 2)]
    assert list(fused(written, "train", IMAGE)) == written


@pytest.mark.parametrize(
    ("n_channels", "n_groups", "found"), [(16, 4, 4), (10, 4, 2), (7, 4, 1), (3, 4, 3), (1, 4, 1), (8, 3, 2)]
)
def test_groups_divide_the_channels(n_channels, n_groups, found):
    assert groups_of(n_channels, n_groups) == found


@pytest.mark.parametrize(
    ("net", "names"),
    [
        (FullyConnectedNet([5, 4], input_dim=3, dropout=0.5, rng=0), {"hidden1": (5,), "hidden2": (4,)}),
        (ThreeLayerConvNet((1, 8, 6), num_filters=2, rng=0), {"pooled1": (2, 4, 3), "hidden2": (100,)}),
        (
            LRNConvNet((1, 7, 6), num_filters=2, hidden_dim=5, rng=0),
            {"stage1": (2, 4, 3), "stage2": (2, 2, 2), "hidden3": (5,)},
        ),
    ],
)
def test_activations_have_the_names_of_their_stages(net, names):
    shape = (4, *net._image_shape)
    found = net.activations(np.zeros(shape))
    assert {name: output.shape[1:] for name, output in found.items()} == names


def test_the_hinge_loss_is_that_of_the_course(rng):
    net = FullyConnectedNet([5], input_dim=4, loss_function="hinge", weight_scale=1e-4, rng=0)
    loss, _ = net.loss(rng.standard_normal((6, 4)), np.arange(6) % 3)
    assert loss == pytest.approx(9, abs=1e-3)
