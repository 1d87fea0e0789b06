"""Layers take images of bytes and other integers, and give what they give of the same numbers as float64."""

import numpy as np
import pytest

from nets import fast, layers

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
ONES, ZEROS = np.ones(3), np.zeros(3)
CASES = {
    "affine": lambda x: layers.affine_forward(x, np.full((x[0].size, 2), 0.5), np.zeros(2)),
    "conv": lambda x: layers.conv_forward(
        x, np.full((2, 3, 3, 3), 0.5), np.zeros(2), {"stride": 1, "pad": 1}
    ),
    "max_pool": lambda x: layers.max_pool_forward(x, POOL),
    "max_pool, padded": lambda x: layers.max_pool_forward(x, {**POOL, "pad": 1}),
    "avg_pool": lambda x: layers.avg_pool_forward(x, POOL),
    "batchnorm, train": lambda x: layers.spatial_batchnorm_forward(x, ONES, ZEROS, {"mode": "train"}),
    "batchnorm, test": lambda x: layers.spatial_batchnorm_forward(x, ONES, ZEROS, {"mode": "test"}),
    "layernorm": lambda x: layers.spatial_layernorm_forward(x, ONES, ZEROS, {}),
    "groupnorm": lambda x: layers.spatial_groupnorm_forward(x, ONES, ZEROS, 3, {}),
    "lrn": lambda x: layers.lrn_forward(x, {}),
    "dropout": lambda x: layers.dropout_forward(x, {"p": 0.5, "mode": "train"}, np.random.default_rng(0)),
    "relu": layers.relu_forward,
    "leaky_relu": layers.leaky_relu_forward,
    "sigmoid": layers.sigmoid_forward,
    "tanh": layers.tanh_forward,
}

SAME = {"stride": 1, "pad": "same"}
FILTERS = [(2, 3, 4, 4), (2, 3, 3, 3), (2,)]
PAIRS = {
    "affine": (layers.affine_forward, layers.affine_backward, [(4, 6), (6, 2), (2,)], []),
    "conv": (layers.conv_forward, layers.conv_backward, FILTERS, [SAME]),
    "fast conv": (fast.conv_forward, fast.conv_backward, FILTERS, [SAME]),
    "fast conv_relu_pool": (
        fast.conv_relu_pool_forward,
        fast.conv_relu_pool_backward,
        FILTERS,
        [SAME, POOL],
    ),
    "fast conv_batchnorm_relu_pool": (
        fast.conv_batchnorm_relu_pool_forward,
        fast.conv_batchnorm_relu_pool_backward,
        [*FILTERS, (2,), (2,)],
        [SAME, {"mode": "train"}, POOL],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_integers_count_as_float64(name, dtype):
    images = np.random.default_rng(0).integers(0, 9, (4, 3, 4, 4)).astype(dtype)
    out, _ = CASES[name](images)
    expected, _ = CASES[name](images.astype(np.float64))
    np.testing.assert_array_equal(out, expected)
    assert name == "relu" or out.dtype == np.float64


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_integer_weights_give_what_the_same_floats_give_forward_and_backward(pair, dtype):
    forward, backward, shapes, settings = PAIRS[pair]
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 200, shape).astype(dtype) for shape in shapes]
    out, cache = forward(*arrays, *settings)
    expected, expected_cache = forward(*(array.astype(np.float64) for array in arrays), *settings)
    np.testing.assert_array_equal(out, expected)
    dout = rng.standard_normal(out.shape)
    pairs = zip(backward(dout, cache), backward(dout, expected_cache), strict=True)
    for gradient, right in pairs:
        np.testing.assert_array_equal(gradient, right)


def test_bytes_that_are_0_beat_the_padding():
    out, cache = layers.max_pool_forward(np.zeros((1, 1, 4, 4), np.uint8), {**POOL, "pad": 1})
    assert layers.max_pool_backward(np.ones(out.shape), cache).sum() == out.size
