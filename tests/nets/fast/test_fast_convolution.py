"""The fast convolution and the fused pass against the textbook pairs."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nets import layers
from nets.fast import conv_relu_pool as fused
from nets.fast import convolution as fast_convolution
from nets.fast.scratch import Scratch

SAME, POOL = {"stride": 1, "pad": "same"}, {"pool_height": 2, "pool_width": 2, "stride": 2}

shapes = given(
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(2, 9), st.integers(2, 9)),
    n_filters=st.integers(1, 4),
    side=st.integers(1, 5),
    batch_last=st.booleans(),
    small_blocks=st.booleans(),
)


def drawn(sizes, n_filters, side, batch_last):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(sizes), rng.standard_normal((n_filters, sizes[1], side, side))
    if batch_last:
        x = np.ascontiguousarray(x.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2)
    return x, w, rng.standard_normal(n_filters), rng


@pytest.fixture(scope="module")
def scratch():
    """One scratch for all examples: what an earlier one left in it must not matter."""
    return Scratch()


def compare(results, expected):
    for result, right in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, right, atol=1e-12)


@shapes
@example(sizes=(1, 1, 2, 2), n_filters=1, side=4, batch_last=False, small_blocks=True)
def test_convolution_by_slabs_equals_the_textbook(scratch, sizes, n_filters, side, batch_last, small_blocks):
    x, w, b, rng = drawn(sizes, n_filters, side, batch_last)
    with pytest.MonkeyPatch.context() as patch:
        if small_blocks:
            patch.setattr(fast_convolution, "SLAB_SIZE", 50)
            patch.setattr(fast_convolution, "GRADIENT_SIZE", 1)
        out, cache = fast_convolution.conv_forward(x, w, b, scratch)
        right, right_cache = layers.conv_forward(x, w, b, SAME)
        dout = rng.standard_normal(out.shape)
        dw, db = np.empty_like(w), np.empty_like(b)
        dx = fast_convolution.conv_backward(dout, cache, (dw, db), scratch)
    compare([out, dx, dw, db], [right, *layers.conv_backward(dout, right_cache)])


@shapes
@example(sizes=(1, 1, 2, 3), n_filters=1, side=4, batch_last=False, small_blocks=True)
def test_the_fused_pass_equals_the_textbook(scratch, sizes, n_filters, side, batch_last, small_blocks):
    x, w, b, rng = drawn(sizes, n_filters, side, batch_last)
    with pytest.MonkeyPatch.context() as patch:
        if small_blocks:
            patch.setattr(fused, "SLAB_SIZE", 50)
            patch.setattr(fused, "TILE_SIZE", 1)
        out, cache = fused.conv_relu_pool_forward(x, w, b, scratch)
        right, right_cache = layers.conv_relu_pool_forward(x, w, b, SAME, POOL)
        dout = rng.standard_normal(out.shape)
        dw, db = fused.conv_relu_pool_backward(dout, cache, (np.empty_like(w), np.empty_like(b)), scratch)
    compare([out, dw, db], [right, *layers.conv_relu_pool_backward(dout, right_cache)[1:]])


@given(sizes=st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(2, 7), st.integers(2, 7)))
def test_relu_after_pooling_equals_pooling_after_relu(scratch, sizes):
    x = np.random.default_rng(0).standard_normal(sizes)
    out, cache = fast_convolution.relu_pool_forward(x, scratch)
    a, relu_cache = layers.relu_forward(x)
    right, pool_cache = layers.max_pool_forward(a, POOL)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    dx = fast_convolution.relu_pool_backward(dout, cache, scratch)
    compare([out, dx], [right, layers.relu_backward(layers.max_pool_backward(dout, pool_cache), relu_cache)])


def test_flat_images_pay_each_windows_gradient_once(scratch):
    out, cache = fast_convolution.relu_pool_forward(np.ones((3, 2, 4, 5)), scratch)
    dx = fast_convolution.relu_pool_backward(np.ones_like(out), cache, scratch)
    assert dx.sum() == out.size
    assert (dx.reshape(3, 2, 2, 2, 5)[..., :4].reshape(3, 2, 2, 2, 2, 2).sum(axis=(3, 5)) == 1).all()


def test_flat_images_give_the_fused_pass_the_filters_gradient_once(scratch):
    x, w = np.ones((2, 1, 4, 4)), np.ones((1, 1, 1, 1))
    out, cache = fused.conv_relu_pool_forward(x, w, np.zeros(1), scratch)
    dw, db = fused.conv_relu_pool_backward(np.ones_like(out), cache, (np.empty_like(w), np.empty(1)), scratch)
    assert dw.item() == db.item() == out.size


def test_what_one_call_returned_survives_the_next(scratch, rng):
    w, b = rng.standard_normal((2, 1, 3, 3)), np.zeros(2)
    out, _ = fused.conv_relu_pool_forward(rng.standard_normal((3, 1, 6, 6)), w, b, scratch)
    kept = out.copy()
    fused.conv_relu_pool_forward(rng.standard_normal((3, 1, 6, 6)), w, b, scratch)
    np.testing.assert_array_equal(out, kept)
