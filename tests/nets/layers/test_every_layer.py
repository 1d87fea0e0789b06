"""What holds for every layer: its gradients are right, nothing is modified, nothing aliases, dtypes stay."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets import layers
from nets.inspect.gradcheck import projection_error

POOLS = [
    {"pool_height": 2, "pool_width": 2, "stride": 2},
    {"pool_height": 3, "pool_width": 2, "stride": 1},
    {"pool_height": 2, "pool_width": 3, "stride": 3, "pad": 1},
    {"pool_height": 3, "pool_width": 3, "stride": 2, "pad": "same"},
]
CONVS = [
    {"stride": 1, "pad": 0},
    {"stride": 2, "pad": 1},
    {"stride": (1, 2), "pad": "same"},
    {"stride": 3, "pad": (0, 2)},
]


@dataclass(frozen=True)
class Layer:
    """A layer as a function of its arrays; `arrays` draws them from a generator, for sizes N, C, H, W."""

    arrays: Callable[[np.random.Generator, tuple[int, int, int, int]], list[np.ndarray]]
    forward: Callable[..., tuple[np.ndarray, Any]]
    backward: Callable[..., Any]
    tolerance: float = 1e-7


def spaced(rng, shape):
    """Distinct numbers of both signs, none near 0 or another: no kink lies within a step of any."""
    size = math.prod(shape)
    return (rng.permutation(size).reshape(shape) - size / 2 + 0.25) / size * 2


def rows(rng, sizes):
    return [spaced(rng, (sizes[0], sizes[1] * sizes[2]))]


def images(rng, sizes):
    return [spaced(rng, sizes)]


def with_scales(draw, axis):
    def arrays(rng, sizes):
        (x,) = draw(rng, sizes)
        return [x, 1 + 0.5 * rng.standard_normal(x.shape[axis]), rng.standard_normal(x.shape[axis])]

    return arrays


def affine_arrays(rng, sizes):
    n_units = 1 + sizes[3]
    return [spaced(rng, sizes), spaced(rng, (math.prod(sizes[1:]), n_units)), spaced(rng, (n_units,))]


def filters_of(height, width):
    def arrays(rng, sizes):
        filters = rng.standard_normal((2, sizes[1], height, width))
        return [spaced(rng, sizes), filters, rng.standard_normal(2)]

    return arrays


def fixed(function, *arguments, **settings):
    return lambda *arrays: function(*arrays, *arguments, **settings)


def dropout_of_one_mask(x):
    return layers.dropout_forward(x, {"p": 0.4, "mode": "train"}, np.random.default_rng(3))


def batchnorm_in_test_mode(forward):
    def tested(x, gamma, beta):
        width = x.shape[1]
        mean, var = np.linspace(-1, 1, width, dtype=x.dtype), np.linspace(0.5, 2, width, dtype=x.dtype)
        statistics = {"running_mean": mean, "running_var": var}
        return forward(x, gamma, beta, {"mode": "test", **statistics})

    return tested


LAYERS = {
    "affine": Layer(affine_arrays, layers.affine_forward, layers.affine_backward),
    "relu": Layer(images, layers.relu_forward, layers.relu_backward),
    "leaky_relu": Layer(images, layers.leaky_relu_forward, layers.leaky_relu_backward),
    "sigmoid": Layer(images, layers.sigmoid_forward, layers.sigmoid_backward),
    "tanh": Layer(images, layers.tanh_forward, layers.tanh_backward),
    "dropout": Layer(images, dropout_of_one_mask, layers.dropout_backward),
    "lrn": Layer(images, fixed(layers.lrn_forward, {"radius": 1, "alpha": 0.3}), layers.lrn_backward),
    "batchnorm": Layer(
        with_scales(rows, 1),
        fixed(layers.batchnorm_forward, {"mode": "train"}),
        layers.batchnorm_backward,
        1e-6,
    ),
    "batchnorm tested": Layer(
        with_scales(rows, 1), batchnorm_in_test_mode(layers.batchnorm_forward), layers.batchnorm_backward
    ),
    "layernorm": Layer(
        with_scales(rows, 1), fixed(layers.layernorm_forward, {}), layers.layernorm_backward, 1e-6
    ),
    "spatial_batchnorm": Layer(
        with_scales(images, 1),
        fixed(layers.spatial_batchnorm_forward, {"mode": "train"}),
        layers.spatial_batchnorm_backward,
        1e-6,
    ),
    "spatial_batchnorm tested": Layer(
        with_scales(images, 1),
        batchnorm_in_test_mode(layers.spatial_batchnorm_forward),
        layers.spatial_batchnorm_backward,
    ),
    "spatial_groupnorm": Layer(
        with_scales(images, 1),
        fixed(layers.spatial_groupnorm_forward, 1, {}),
        layers.spatial_groupnorm_backward,
        1e-6,
    ),
    "spatial_groupnorm of two groups": Layer(
        lambda rng, sizes: with_scales(images, 1)(rng, (sizes[0], 2 * sizes[1], *sizes[2:])),
        fixed(layers.spatial_groupnorm_forward, 2, {}),
        layers.spatial_groupnorm_backward,
        1e-6,
    ),
    "spatial_layernorm": Layer(
        with_scales(images, 1),
        fixed(layers.spatial_layernorm_forward, {}),
        layers.spatial_layernorm_backward,
        1e-6,
    ),
    "groupnorm": Layer(
        lambda rng, sizes: with_scales(rows, 1)(rng, (sizes[0], sizes[1], 2, sizes[3])),
        fixed(layers.groupnorm_forward, 2, {}),
        layers.groupnorm_backward,
        1e-5,  # a group of two numbers always becomes -1 and 1: its gradient is a difference of large ones
    ),
    "affine_relu": Layer(affine_arrays, layers.affine_relu_forward, layers.affine_relu_backward),
    "conv_relu": Layer(
        filters_of(3, 2), fixed(layers.conv_relu_forward, CONVS[2]), layers.conv_relu_backward
    ),
    "conv_relu_pool": Layer(
        filters_of(3, 3),
        fixed(layers.conv_relu_pool_forward, CONVS[2], POOLS[3]),
        layers.conv_relu_pool_backward,
    ),
    "conv_batchnorm_relu_pool": Layer(
        lambda rng, sizes: [*filters_of(3, 3)(rng, sizes), np.array([0.7, -1.2]), spaced(rng, (2,))],
        fixed(layers.conv_batchnorm_relu_pool_forward, CONVS[2], {"mode": "train"}, POOLS[0]),
        layers.conv_batchnorm_relu_pool_backward,
        1e-6,
    ),
}
for number, pool_param in enumerate(POOLS):
    LAYERS[f"max_pool {number}"] = Layer(
        images, fixed(layers.max_pool_forward, pool_param), layers.max_pool_backward
    )
    LAYERS[f"avg_pool {number}"] = Layer(
        images, fixed(layers.avg_pool_forward, pool_param), layers.avg_pool_backward
    )
for number, conv_param in enumerate(CONVS):
    for side in (2, 3):
        LAYERS[f"conv {number} {side}x3"] = Layer(
            filters_of(side, 3), fixed(layers.conv_forward, conv_param), layers.conv_backward
        )

every_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def gradients_of(layer, dout, cache):
    """The gradients of a layer as a tuple, also when it has one argument only."""
    gradients = layer.backward(dout, cache)
    return gradients if isinstance(gradients, tuple) else (gradients,)


def worst_error(layer, arrays, rng):
    """The largest error of a gradient of sum(out * dout), each on a random direction."""
    out, cache = layer.forward(*arrays)
    dout = rng.standard_normal(out.shape)
    gradients = gradients_of(layer, dout, cache)
    errors = []
    for place, gradient in enumerate(gradients):

        def loss(moved, place=place):
            return float(np.sum(layer.forward(*arrays[:place], moved, *arrays[place + 1 :])[0] * dout))

        assert gradient.shape == arrays[place].shape
        errors.append(absolute_or_relative(loss, arrays[place], gradient, rng))
    return max(errors)


def absolute_or_relative(loss, x, gradient, rng):
    """The error of a directional derivative, relative unless the derivative itself is next to nothing."""
    if np.linalg.norm(gradient) < 1e-6:
        direction = rng.standard_normal(x.shape)
        return abs(loss(x + 1e-5 * direction) - loss(x - 1e-5 * direction))
    return projection_error(loss, x, gradient, rng)


@every_layer
@pytest.mark.parametrize("sizes", [(1, 1, 3, 3), (1, 3, 5, 4), (3, 2, 4, 7), (2, 3, 6, 5)])
def test_gradients_are_those_of_the_forward_pass(layer, sizes):
    rng = np.random.default_rng(sum(sizes))
    assert worst_error(layer, layer.arrays(rng, sizes), rng) < layer.tolerance


@given(
    name=st.sampled_from(sorted(LAYERS)),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(3, 8), st.integers(3, 8)),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradients_hold_for_drawn_shapes(name, sizes, seed):
    rng = np.random.default_rng(seed)
    assert worst_error(LAYERS[name], LAYERS[name].arrays(rng, sizes), rng) < LAYERS[name].tolerance


@every_layer
def test_neither_forward_nor_backward_modifies_what_it_is_given(layer):
    rng = np.random.default_rng(0)
    arrays = layer.arrays(rng, (2, 3, 6, 5))
    before = copy.deepcopy(arrays)
    out, cache = layer.forward(*arrays)
    dout = rng.standard_normal(out.shape)
    dout_before = dout.copy()
    layer.backward(dout, cache)
    for array, kept in zip([*arrays, dout], [*before, dout_before], strict=True):
        np.testing.assert_array_equal(array, kept)


@every_layer
def test_a_second_call_leaves_the_first_ones_results_alone(layer):
    rng = np.random.default_rng(0)
    first, second = layer.arrays(rng, (2, 3, 6, 5)), layer.arrays(rng, (2, 3, 6, 5))
    out, cache = layer.forward(*first)
    dout = rng.standard_normal(out.shape)
    kept_out, kept_gradients = out.copy(), copy.deepcopy(gradients_of(layer, dout, cache))
    other_out, other_cache = layer.forward(*second)
    layer.backward(dout, other_cache)
    assert not np.shares_memory(out, other_out)
    np.testing.assert_array_equal(out, kept_out)
    for gradient, kept in zip(gradients_of(layer, dout, cache), kept_gradients, strict=True):
        np.testing.assert_array_equal(gradient, kept)


@every_layer
def test_float32_stays_float32(layer):
    arrays = [array.astype(np.float32) for array in layer.arrays(np.random.default_rng(0), (2, 3, 6, 5))]
    out, cache = layer.forward(*arrays)
    assert out.dtype == np.float32
    assert {gradient.dtype for gradient in gradients_of(layer, np.ones_like(out), cache)} == {
        np.dtype(np.float32)
    }


@every_layer
def test_the_order_of_axes_in_memory_does_not_matter(layer):
    arrays = layer.arrays(np.random.default_rng(0), (2, 3, 6, 5))
    out, cache = layer.forward(*arrays)
    turned = np.asfortranarray(arrays[0])
    turned_out, turned_cache = layer.forward(turned, *arrays[1:])
    np.testing.assert_allclose(turned_out, out, rtol=1e-12, atol=1e-14)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    pairs = zip(gradients_of(layer, dout, cache), gradients_of(layer, dout, turned_cache), strict=True)
    for gradient, turned_gradient in pairs:
        np.testing.assert_allclose(turned_gradient, gradient, rtol=1e-12, atol=1e-13)


def test_the_table_has_every_exported_layer():
    functions = {name for name in layers.__all__ if name.endswith("_forward")}
    tested = {name.split()[0] + "_forward" for name in LAYERS}
    assert functions == tested
