"""Pooling against loops; ties, padding, windows that overlap or do not divide the image."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nets.layers import avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward
from nets.layers.windows import windows_on


def naive_windows(x, height, width, stride, pads):
    """Yields the index of every output and the window under it, as slices clipped to the image."""
    (top, bottom), (left, right) = pads
    down = (x.shape[2] + top + bottom - height) // stride + 1
    across = (x.shape[3] + left + right - width) // stride + 1
    for image, channel, row, column in np.ndindex(x.shape[0], x.shape[1], down, across):
        rows = slice(max(row * stride - top, 0), row * stride - top + height)
        columns = slice(max(column * stride - left, 0), column * stride - left + width)
        yield (image, channel, row, column), (image, channel, rows, columns)


pools = given(
    sizes=st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 7), st.integers(1, 7)),
    window=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 4),
    pad=st.one_of(st.integers(0, 1), st.just("same")),
)


def fits(sizes, window, pad):
    room = 0 if pad == "same" else pad
    return pad == "same" or (
        sizes[2] + 2 * room >= window[0] and sizes[3] + 2 * room >= window[1] and room < min(window)
    )


def param(window, stride, pad):
    return {"pool_height": window[0], "pool_width": window[1], "stride": stride, "pad": pad}


@pools
@example(sizes=(1, 1, 5, 5), window=(3, 3), stride=2, pad="same")
@example(sizes=(1, 1, 3, 5), window=(2, 2), stride=2, pad=0)
def test_pooling_equals_naive_loops(sizes, window, stride, pad):
    if not fits(sizes, window, pad):
        return
    x = np.random.default_rng(0).standard_normal(sizes)
    biggest, max_cache = max_pool_forward(x, param(window, stride, pad))
    average, avg_cache = avg_pool_forward(x, param(window, stride, pad))
    dout = np.random.default_rng(1).standard_normal(biggest.shape)
    dmax, davg = np.zeros_like(x), np.zeros_like(x)
    pads = windows_on(sizes[2:], window, stride, pad).pads
    for place, under in naive_windows(x, *window, stride, pads):
        pixels = x[under]
        assert biggest[place] == pixels.max()
        assert average[place] == pytest.approx(pixels.mean(), abs=1e-12)
        dmax[under] += dout[place] * (pixels == pixels.max())
        davg[under] += dout[place] / pixels.size
    np.testing.assert_allclose(max_pool_backward(dout, max_cache), dmax, atol=1e-12)
    np.testing.assert_allclose(avg_pool_backward(dout, avg_cache), davg, atol=1e-12)


@pools
@example(sizes=(1, 1, 4, 4), window=(2, 2), stride=2, pad=0)
@example(sizes=(1, 1, 5, 5), window=(3, 3), stride=1, pad="same")
def test_each_window_pays_exactly_one_winner_on_flat_images(sizes, window, stride, pad):
    if not fits(sizes, window, pad):
        return
    out, cache = max_pool_forward(np.zeros(sizes), param(window, stride, pad))
    for place in np.ndindex(out.shape):
        dout = np.zeros(out.shape)
        dout[place] = 1
        dx = max_pool_backward(dout, cache)
        assert np.count_nonzero(dx) == 1
        assert dx.sum() == 1


def test_ties_of_few_grey_levels_keep_the_sum_of_the_gradient(rng):
    out, cache = max_pool_forward(rng.integers(0, 3, (4, 3, 8, 8)).astype(float), param((2, 2), 2, 0))
    assert max_pool_backward(np.ones_like(out), cache).sum() == out.size


def test_of_equal_maxima_the_upper_one_in_the_leftmost_column_wins():
    out, cache = max_pool_forward(np.array([[[[0.0, 9.0], [9.0, 9.0]]]]), param((2, 2), 2, 0))
    assert max_pool_backward(np.ones_like(out), cache)[0, 0].tolist() == [[0, 0], [1, 0]]


def test_the_average_of_1_1_2_3_is_seven_quarters():
    x = np.array([[[[1.0, 1.0], [2.0, 3.0]]]])
    assert avg_pool_forward(x, param((2, 2), 2, 0))[0].item() == 7 / 4
    assert max_pool_forward(x, param((2, 2), 2, 0))[0].item() == 3


def test_padding_wins_no_maximum_and_counts_in_no_average():
    x = np.full((1, 1, 3, 3), -2.0)
    assert set(max_pool_forward(x, param((3, 3), 2, "same"))[0].ravel()) == {-2.0}
    assert set(avg_pool_forward(x, param((3, 3), 2, "same"))[0].ravel()) == {-2.0}


def test_same_padding_gives_half_the_size_rounded_up():
    assert max_pool_forward(np.ones((1, 1, 7, 8)), param((3, 3), 2, "same"))[0].shape == (1, 1, 4, 4)


def test_pixels_that_no_window_reaches_get_no_gradient():
    out, cache = max_pool_forward(np.arange(15.0).reshape(1, 1, 3, 5), param((2, 2), 2, 0))
    dx = max_pool_backward(np.ones_like(out), cache)
    assert dx.shape == (1, 1, 3, 5)
    assert not dx[..., 2, :].any()
    assert not dx[..., 4].any()


@pytest.mark.parametrize("forward", [max_pool_forward, avg_pool_forward])
@pytest.mark.parametrize(
    ("x", "pool_param", "message"),
    [
        (np.ones((4, 4)), param((2, 2), 2, 0), r"x must have the shape \(N, C, H, W\), but got \(4, 4\)"),
        (
            np.ones((1, 1, 4, 4)),
            param((5, 2), 2, 0),
            r"a window of \(5, 2\) does not fit on an image of \(4, 4\)",
        ),
        (
            np.ones((1, 1, 4, 4)),
            param((2, 2), 2, 2),
            r"pad must be smaller than the window \(2, 2\), but got 2",
        ),
        (np.ones((1, 1, 4, 4)), param((2, 2), 0, 0), "stride must be an integer of at least 1"),
    ],
)
def test_what_does_not_fit_is_named(forward, x, pool_param, message):
    with pytest.raises(ValueError, match=message):
        forward(x, pool_param)
