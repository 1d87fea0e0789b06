"""Every fast layer against the textbook pair of the same name: one table, the same signatures and results."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nets import fast, layers
from nets.fast import blocks, convolution, overlapping, spectral
from nets.fast.scratch import Scratch

SAME, POOL = {"stride": 1, "pad": "same"}, {"pool_height": 2, "pool_width": 2, "stride": 2}
OVERLAPPING = {"pool_height": 3, "pool_width": 3, "stride": 2, "pad": "same"}
SCRATCH = Scratch()
"""One for all examples: what an earlier one left in it must not matter."""


@dataclass(frozen=True)
class Pair:
    """A pair of functions by its name: the arrays that it takes besides x, and its settings."""

    name: str
    arrays: Callable[[np.random.Generator, int, int, int], list[np.ndarray]]
    settings: list[dict[str, Any]]

    def of(self, module: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return getattr(module, f"{self.name}_forward"), getattr(module, f"{self.name}_backward")


def filters(rng, channels, n_filters, side):
    return [rng.standard_normal((n_filters, channels, side, side)), rng.standard_normal(n_filters)]


def filters_and_scales(rng, channels, n_filters, side):
    gamma = rng.standard_normal(n_filters)  # some fall with their input
    return [*filters(rng, channels, n_filters, side), gamma, rng.standard_normal(n_filters)]


def nothing(rng, channels, n_filters, side):
    return []


PAIRS = [
    Pair("conv", filters, [SAME]),
    Pair("max_pool", nothing, [POOL]),
    Pair("conv_relu_pool", filters, [SAME, POOL]),
    Pair("conv_batchnorm_relu_pool", filters_and_scales, [SAME, {"mode": "train"}, POOL]),
]
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


def drawn(sizes, batch_last):
    x = np.random.default_rng(0).standard_normal(sizes)
    return np.ascontiguousarray(x.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2) if batch_last else x


def gradients(backward, dout, cache, **options):
    """The gradients as a list, whether there is one or several."""
    found = backward(dout, cache, **options)
    return list(found) if isinstance(found, tuple) else [found]


def test_the_table_has_every_fast_layer():
    named = {f"{pair.name}_{way}" for pair in PAIRS for way in ("forward", "backward")}
    assert named == set(fast.__all__) - {"is_spectral", "takes_batchnorm", "takes_pool"}


@pytest.mark.parametrize("name", sorted(set(fast.__all__) - {"is_spectral", "takes_batchnorm", "takes_pool"}))
def test_signatures_are_those_of_the_textbook_and_one_for_scratch(name):
    own = inspect.signature(getattr(fast, name)).parameters
    textbook = inspect.signature(getattr(layers, name)).parameters
    assert [*textbook, "scratch"] == list(own)
    for argument, parameter in textbook.items():
        assert (own[argument].kind, own[argument].default) == (parameter.kind, parameter.default)


@every_pair
@given(
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(2, 9), st.integers(2, 9)),
    n_filters=st.integers(1, 4),
    side=st.integers(1, 5),
    batch_last=st.booleans(),
    small_blocks=st.booleans(),
    by_spectrum=st.booleans(),
)
@example(sizes=(1, 1, 2, 2), n_filters=1, side=4, batch_last=False, small_blocks=True, by_spectrum=True)
@example(sizes=(2, 1, 3, 5), n_filters=2, side=2, batch_last=True, small_blocks=True, by_spectrum=False)
def test_results_are_those_of_the_textbook(
    pair, sizes, n_filters, side, batch_last, small_blocks, by_spectrum
):
    x, rng = drawn(sizes, batch_last), np.random.default_rng(1)
    arguments = [x, *pair.arrays(rng, sizes[1], n_filters, side), *pair.settings]
    (forward, backward), (right_forward, right_backward) = pair.of(fast), pair.of(layers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spectral, "ADVANTAGE", 0.0 if by_spectrum else math.inf)
        if small_blocks:
            patch.setattr(convolution, "SLAB_SIZE", 50)
            patch.setattr(convolution, "GRADIENT_SIZE", 1)
            patch.setattr(blocks, "SLAB_SIZE", 50)
            patch.setattr(blocks, "TILE_SIZE", 1)
        out, cache = forward(*arguments, scratch=SCRATCH)
        right, right_cache = right_forward(*arguments)
        dout = rng.standard_normal(right.shape)
        results = [out, *gradients(backward, dout, cache, scratch=SCRATCH)]
    for result, expected in zip(results, [right, *gradients(right_backward, dout, right_cache)], strict=True):
        np.testing.assert_allclose(result, expected, atol=1e-12)


@pytest.mark.parametrize("advantage", [0.0, math.inf])
@every_pair
def test_no_images_are_what_they_are_to_the_textbook(pair, advantage, rng, monkeypatch):
    monkeypatch.setattr(spectral, "ADVANTAGE", advantage)
    (forward, backward), (right_forward, right_backward) = pair.of(fast), pair.of(layers)
    arguments = [np.ones((0, 2, 4, 6)), *pair.arrays(rng, 2, 3, 3), *pair.settings]
    if pair.name == "conv_batchnorm_relu_pool":
        for refusing in (forward, right_forward):
            with pytest.raises(ValueError, match="without empty axes"):
                refusing(*arguments)
        return
    (out, cache), (right, right_cache) = forward(*arguments), right_forward(*arguments)
    assert out.shape == right.shape
    found, expected = gradients(backward, out, cache), gradients(right_backward, right, right_cache)
    for gradient, right_gradient in zip(found, expected, strict=True):
        np.testing.assert_array_equal(gradient, right_gradient)


@pytest.mark.parametrize("pair", [p for p in PAIRS if p.arrays is not nothing], ids=lambda pair: pair.name)
def test_gradients_are_written_where_told_and_that_of_images_left_out(pair, rng):
    x, arrays = drawn((3, 2, 6, 5), True), pair.arrays(rng, 2, 4, 3)
    forward, backward = pair.of(fast)
    out, cache = forward(x, *arrays, *pair.settings)
    places = tuple(np.full_like(array, np.nan) for array in arrays)
    dx, *found = backward(np.ones_like(out), cache, input_gradient=False, out=places)
    assert not dx.size
    assert all(array is place for array, place in zip(found, places, strict=True))
    fresh_dx, *fresh = backward(np.ones_like(out), cache)
    for array, right in zip(found, fresh, strict=True):
        np.testing.assert_array_equal(array, right)
    assert fresh_dx.shape == x.shape


@every_pair
def test_what_one_call_returned_survives_the_next(pair, rng):
    forward, backward = pair.of(fast)
    arguments = pair.arrays(rng, 1, 2, 3)
    out, cache = forward(rng.standard_normal((3, 1, 6, 6)), *arguments, *pair.settings, scratch=SCRATCH)
    found = gradients(backward, np.ones_like(out), cache, scratch=SCRATCH)
    kept = [array.copy() for array in (out, *found)]
    again, cache = forward(rng.standard_normal((3, 1, 6, 6)), *arguments, *pair.settings, scratch=SCRATCH)
    backward(np.ones_like(again), cache, scratch=SCRATCH)
    for array, before in zip((out, *found), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@given(
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)),
    batch_last=st.booleans(),
    small_tiles=st.booleans(),
    whole_numbers=st.booleans(),
)
@example(sizes=(1, 1, 1, 1), batch_last=False, small_tiles=True, whole_numbers=True)
def test_overlapping_windows_are_those_of_the_textbook(sizes, batch_last, small_tiles, whole_numbers):
    n_images, channels, *halves = sizes
    x = drawn((n_images, channels, *(2 * half for half in halves)), batch_last)
    x = np.round(x) if whole_numbers else x  # ties
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlapping, "TILE_SIZE", 1 if small_tiles else 10**6)
        out, cache = fast.max_pool_forward(x, OVERLAPPING, scratch=SCRATCH)
        right, right_cache = layers.max_pool_forward(x, OVERLAPPING)
        np.testing.assert_array_equal(out, right)
        dout = np.random.default_rng(1).standard_normal(out.shape)
        dx = fast.max_pool_backward(dout, cache, scratch=SCRATCH)
    np.testing.assert_allclose(dx, layers.max_pool_backward(dout, right_cache), atol=1e-12)


def test_flat_images_pay_each_windows_gradient_once():
    out, cache = fast.max_pool_forward(np.ones((3, 2, 4, 5)), POOL)
    dx = fast.max_pool_backward(np.ones_like(out), cache)
    assert dx.sum() == out.size
    assert (dx.reshape(3, 2, 2, 2, 5)[..., :4].reshape(3, 2, 2, 2, 2, 2).sum(axis=(3, 5)) == 1).all()


def test_flat_images_give_the_fused_pass_the_filters_gradient_once():
    x, w = np.ones((2, 1, 4, 4)), np.ones((1, 1, 1, 1))
    out, cache = fast.conv_relu_pool_forward(x, w, np.zeros(1), SAME, POOL)
    dx, dw, db = fast.conv_relu_pool_backward(np.ones_like(out), cache)
    assert dw.item() == db.item() == dx.sum() == out.size


@pytest.mark.parametrize(
    ("image", "filters", "is_faster"),
    [
        ((64, 16, 16), (64, 5), True),
        ((64, 16, 16), (64, 3), True),
        ((64, 8, 8), (64, 3), True),
        ((64, 16, 16), (64, 1), False),
        ((3, 32, 32), (64, 5), False),
        ((3, 32, 32), (32, 7), False),
        ((3, 15, 13), (32, 7), False),
        ((1, 8, 8), (16, 3), False),
    ],
)
def test_the_frequency_domain_is_for_many_channels(image, filters, is_faster):
    n_filters, side = filters
    assert spectral.is_faster(image, (n_filters, image[0], side, side)) is is_faster


def test_the_frequency_domain_rounds_no_worse_than_the_slabs(rng, monkeypatch):
    x, (w, b) = drawn((4, 32, 16, 16), True), filters(rng, 32, 32, 5)
    errors = {}
    right, _ = layers.conv_forward(x, w, b, SAME)
    for name, advantage in (("spectrum", 0.0), ("slabs", math.inf)):
        monkeypatch.setattr(spectral, "ADVANTAGE", advantage)
        out, _ = fast.conv_forward(*(array.astype(np.float32) for array in (x, w, b)), SAME)
        errors[name] = np.sqrt(np.mean((out - right) ** 2))
    assert errors["spectrum"] < 1.5 * errors["slabs"]
    assert errors["spectrum"] != errors["slabs"]


def test_running_statistics_are_those_of_the_textbook(rng):
    x, arrays = rng.standard_normal((4, 2, 5, 6)), filters_and_scales(rng, 2, 3, 3)
    running = {"mode": "train", "running_mean": rng.standard_normal(3), "running_var": np.full(3, 2.0)}
    _, found = fast.conv_batchnorm_relu_pool_forward(x, *arrays, SAME, running, POOL)
    _, right = layers.conv_batchnorm_relu_pool_forward(x, *arrays, SAME, running, POOL)
    np.testing.assert_allclose(found.running_mean, right.running_mean, rtol=1e-12)
    np.testing.assert_allclose(found.running_var, right.running_var, rtol=1e-12)


def test_variance_keeps_its_digits_beside_a_large_mean(rng):
    x, w = (1000 + rng.standard_normal((9, 1, 8, 8))).astype(np.float32), np.ones((1, 1, 1, 1), np.float32)
    one, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
    running = {"mode": "train", "momentum": 0.0}
    _, cache = fast.conv_batchnorm_relu_pool_forward(x, w, zero, one, zero, SAME, running, POOL)
    assert cache.running_var.item() == pytest.approx(x.astype(float).var(), rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x, w, b: fast.conv_batchnorm_relu_pool_forward(
                x, w, b, b, b, SAME, {"mode": "test"}, POOL
            ),
            'takes the mode "train"',
        ),
        (lambda x, w, b: fast.conv_forward(x, w, b, {"stride": 2, "pad": "same"}), "stride 1 and pad"),
        (lambda x, w, b: fast.conv_forward(x, w, b, {"stride": 1, "pad": 0}), "stride 1 and pad"),
        (lambda x, w, b: fast.conv_forward(x, w[..., :2], b, SAME), "takes filters"),
        (lambda x, w, b: fast.conv_forward(x[0], w, b, SAME), r"images \(N, C, H, W\), but got"),
        (lambda x, w, b: fast.conv_relu_pool_forward(x.repeat(2, 1), w, b, SAME, POOL), "takes filters"),
        (
            lambda x, w, b: fast.conv_forward(x, w, b[:1], SAME),
            r"b must have the shape \(2,\), but got \(1,\)",
        ),
        (lambda x, w, b: fast.conv_relu_pool_forward(x, w, b[:, None], SAME, POOL), "b must have the shape"),
        (
            lambda x, w, b: fast.conv_batchnorm_relu_pool_forward(
                x, w, b, b[:1], b, SAME, {"mode": "train"}, POOL
            ),
            "gamma must have the shape",
        ),
        (lambda x, w, b: fast.max_pool_forward(x, {**POOL, "stride": 1}), "windows of 2x2 at stride 2"),
        (lambda x, w, b: fast.max_pool_forward(x, {**POOL, "pad": 1}), "windows of 2x2 at stride 2"),
        (lambda x, w, b: fast.max_pool_forward(x[:, :, 1:], OVERLAPPING), "images with even sides"),
        (
            lambda x, w, b: fast.conv_relu_pool_forward(x, w, b, SAME, {**POOL, "pool_width": 3}),
            "windows of 2x2 at stride 2",
        ),
    ],
)
def test_what_only_the_textbook_takes_is_refused(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(rng.standard_normal((2, 1, 6, 6)), *filters(rng, 1, 2, 3))


def test_scratch_gives_memory_of_the_asked_shape_and_keeps_it():
    scratch = Scratch()
    first = scratch.array("a", (2, 3), np.float32)
    smaller = scratch.array("a", (2, 2), np.float32)
    assert np.shares_memory(first, smaller)
    assert not np.shares_memory(first, scratch.array("b", (2, 3), np.float32))
    larger = scratch.array("a", (5, 5), np.float64)
    assert (larger.shape, larger.dtype) == ((5, 5), np.float64)
    assert math.prod(smaller.shape) == 4
