"""Means and covariances of windows, against NumPy's of all windows."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nets.fast import window_moments as module
from nets.fast.scratch import Scratch
from nets.fast.window_moments import are_cheaper, window_moments

SCRATCH = Scratch()
"""One for all examples: what an earlier one left in it must not matter."""


def of_all_windows(x, side):
    _, channels, height, width = x.shape
    before = (side - 1) // 2
    around = (before, side - 1 - before)
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), around, around))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
    rows = windows.transpose(1, 2, 3, 0, 4, 5).reshape(channels * side * side, -1)
    return rows.mean(axis=1), np.cov(rows, bias=True).reshape(len(rows), -1)


def smooth_images(rng, n_images=50):
    """Images of which most windows are nearly flat, as photographs are."""
    noise = rng.standard_normal((n_images, 3, 12, 12)).cumsum(axis=2).cumsum(axis=3)
    return (noise / noise.std()).astype(np.float32)


@given(
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    side=st.integers(1, 7),
    batch_last=st.booleans(),
    columns=st.sampled_from([1, 3, 32]),
    sum_size=st.sampled_from([1, 10, 1000]),
)
@example(sizes=(1, 1, 1, 1), side=7, batch_last=False, columns=1, sum_size=1)
@example(sizes=(4, 1, 6, 1), side=2, batch_last=True, columns=32, sum_size=1000)
def test_moments_are_those_of_all_windows(sizes, side, batch_last, columns, sum_size):
    x = 3 + np.random.default_rng(0).standard_normal(sizes)
    if batch_last:
        x = np.ascontiguousarray(x.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "COLUMNS", columns)
        patch.setattr(module, "SUM_SIZE", sum_size)
        means, covariances = window_moments(x, side, SCRATCH)
    right_means, right_covariances = of_all_windows(x, side)
    np.testing.assert_allclose(means, right_means, atol=1e-13)
    np.testing.assert_allclose(covariances, right_covariances, atol=1e-12)


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_variances_of_filters_on_float32_images_keep_their_digits(shift, rng):
    x = smooth_images(rng) + np.float32(shift)
    _, covariances = window_moments(x, 3, SCRATCH)
    _, right = of_all_windows(x, 3)
    least_first = np.linalg.eigh(right)[1]
    for filters, tolerance in ((rng.standard_normal((27, 8)), 1e-6), (least_first[:, :3], 2e-3)):
        variances, expected = (np.einsum("if,ij,jf->f", filters, of, filters) for of in (covariances, right))
        np.testing.assert_allclose(variances, expected, rtol=tolerance)


def test_images_that_are_all_alike_have_the_moments_of_one(rng):
    image = rng.standard_normal((1, 2, 5, 4))
    for several, one in zip(
        window_moments(image.repeat(7, axis=0), 3, SCRATCH), window_moments(image, 3, SCRATCH), strict=True
    ):
        np.testing.assert_allclose(several, one, atol=1e-14)


@pytest.mark.parametrize(
    ("image", "filters", "are_so"),
    [
        ((3, 32, 32), (32, 7), True),
        ((3, 64, 64), (16, 5), True),
        ((1, 8, 8), (16, 3), True),
        ((3, 32, 32), (4, 7), False),
        ((40, 16, 16), (32, 3), False),
        ((64, 8, 8), (64, 5), False),
    ],
)
def test_moments_are_for_few_channels(image, filters, are_so):
    n_filters, side = filters
    assert are_cheaper(image, (n_filters, image[0], side, side)) is are_so
