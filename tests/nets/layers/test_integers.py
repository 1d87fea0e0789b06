"""Layers take images of bytes and other integers, and give what they give of the same numbers as float64."""

import numpy as np
import pytest

from nets import layers

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
ONES, ZEROS = np.ones(3), np.zeros(3)
CASES = {
    "affine": lambda x: layers.affine_forward(x, np.full((x[0].size, 2), 0.5), np.zeros(2)),
    "conv": lambda x: layers.conv_forward(
        x, np.full((2, 3, 3, 3), 0.5), np.zeros(2), {"stride": 1, "pad": 1}
    ),
    "max_pool": lambda x: layers.max_pool_forward(x, POOL),
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


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_integers_count_as_float64(name, dtype):
    images = np.random.default_rng(0).integers(0, 9, (4, 3, 4, 4)).astype(dtype)
    out, _ = CASES[name](images)
    expected, _ = CASES[name](images.astype(np.float64))
    np.testing.assert_array_equal(out, expected)
    assert name in ("max_pool", "relu") or out.dtype == np.float64
