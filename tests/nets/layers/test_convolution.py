"""Convolution against loops, and the examples that the course works by hand."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nets.layers import conv_backward, conv_forward
from nets.layers.windows import windows_on


def naive_forward(x, w, b, stride, pads):
    """Convolution by four loops; `pads` are ((top, bottom), (left, right))."""
    padded = np.pad(x, ((0, 0), (0, 0), *pads))
    n_filters, _, height, width = w.shape
    down = (padded.shape[2] - height) // stride + 1
    across = (padded.shape[3] - width) // stride + 1
    out = np.zeros((len(x), n_filters, down, across))
    for image, filter_number, row, column in np.ndindex(out.shape):
        top, left = row * stride, column * stride
        window = padded[image, :, top : top + height, left : left + width]
        out[image, filter_number, row, column] = np.sum(window * w[filter_number]) + b[filter_number]
    return out


def naive_backward(dout, x, w, stride, pads):
    """Gradients (dx, dw, db) of `naive_forward` by four loops."""
    padded = np.pad(x, ((0, 0), (0, 0), *pads))
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros(len(w))
    height, width = w.shape[2:]
    for image, filter_number, row, column in np.ndindex(dout.shape):
        place = np.s_[
            image, :, row * stride : row * stride + height, column * stride : column * stride + width
        ]
        dpadded[place] += dout[image, filter_number, row, column] * w[filter_number]
        dw[filter_number] += dout[image, filter_number, row, column] * padded[place]
        db[filter_number] += dout[image, filter_number, row, column]
    (top, _), (left, _) = pads
    return dpadded[:, :, top : top + x.shape[2], left : left + x.shape[3]], dw, db


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 7), st.integers(1, 7)),
    filters=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    pad=st.one_of(st.integers(0, 3), st.just("same")),
)
@example(sizes=(1, 1, 2, 2), filters=(1, 2, 2), stride=1, pad=0)
@example(sizes=(2, 3, 5, 4), filters=(2, 4, 2), stride=1, pad="same")
def test_products_of_windows_equal_naive_loops(sizes, filters, stride, pad):
    n_filters, height, width = filters
    room = 0 if pad == "same" else pad
    if pad != "same" and (sizes[2] + 2 * room < height or sizes[3] + 2 * room < width):
        return
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(sizes), rng.standard_normal((n_filters, sizes[1], height, width))
    b = rng.standard_normal(n_filters)
    out, cache = conv_forward(x, w, b, {"stride": stride, "pad": pad})
    pads = windows_on(sizes[2:], (height, width), stride, pad).pads
    np.testing.assert_allclose(out, naive_forward(x, w, b, stride, pads), atol=1e-12)
    dout = rng.standard_normal(out.shape)
    expected = naive_backward(dout, x, w, stride, pads)
    for gradient, naive in zip(conv_backward(dout, cache), expected, strict=True):
        np.testing.assert_allclose(gradient, naive, atol=1e-12)


def test_the_convolution_worked_by_hand_gives_3_and_minus_5():
    x = np.zeros((1, 3, 5, 5))
    x[0, :, :2, :4] = [
        [[1, 1, 2, 2], [1, 1, 1, 2]],
        [[0, 1, 2, 0], [2, 2, 1, 1]],
        [[2, 2, 0, 1], [0, 0, 2, 1]],
    ]
    w = np.array(
        [
            [
                [[1, 1, 1], [-1, -1, 0], [-1, 1, 0]],
                [[-1, -1, 1], [-1, 1, 0], [-1, 1, 0]],
                [[1, 0, -1], [0, 0, 0], [1, -1, -1]],
            ]
        ],
        float,
    )
    out, _ = conv_forward(x, w, np.ones(1), {"stride": 2, "pad": 1})
    assert out.shape == (1, 1, 3, 3)
    assert out[0, 0, 0, :2].tolist() == [3, -5]


def test_the_edge_filter_gives_377_and_not_the_328_of_the_text():
    pixels = np.array([[200, 199, 189, 210], [203, 23, 34, 30], [177, 12, 22, 31]], float)
    edges = np.repeat([[1.0], [0.0], [-1.0]], 3, axis=1)
    out, _ = conv_forward(pixels[None, None], edges[None, None], np.zeros(1), {"stride": 1, "pad": 0})
    assert out[0, 0, 0, 0] == 377 == (200 + 199 + 189) - (177 + 12 + 22)
    assert out[0, 0, 0, 1] == 533, "the text's second window is one column further right"


@pytest.mark.parametrize("side", [1, 3, 5, 7])
def test_half_a_filter_of_padding_keeps_the_size(side):
    out, _ = conv_forward(
        np.ones((1, 1, 9, 8)), np.ones((1, 1, side, side)), np.zeros(1), {"stride": 1, "pad": (side - 1) // 2}
    )
    assert out.shape == (1, 1, 9, 8)


@pytest.mark.parametrize("side", [2, 4, 6])
def test_same_padding_keeps_the_size_for_even_filters_too(side):
    out, _ = conv_forward(
        np.ones((1, 1, 9, 8)), np.ones((1, 1, side, side)), np.zeros(1), {"stride": 1, "pad": "same"}
    )
    assert out.shape == (1, 1, 9, 8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.ones((1, 5, 5))}, r"x and w must have the shapes \(N, C, H, W\)"),
        ({"w": np.ones((2, 3, 3, 3))}, r"but got \(1, 1, 5, 5\) and \(2, 3, 3, 3\)"),
        ({"b": np.ones(3)}, r"b must have the shape \(2,\), but got \(3,\)"),
        ({"conv_param": {"stride": 0, "pad": 0}}, "stride must be an integer of at least 1"),
        ({"conv_param": {"stride": 1.5, "pad": 0}}, "stride must be an integer of at least 1"),
        ({"conv_param": {"stride": 1, "pad": -1}}, "pad must be an integer of at least 0"),
        ({"conv_param": {"stride": 1, "pad": "valid"}}, "\"same\", but got 'valid'"),
        ({"w": np.ones((2, 1, 6, 6))}, r"a window of \(6, 6\) does not fit on an image of \(5, 5\)"),
    ],
)
def test_what_does_not_fit_is_named(changes, message):
    arguments = {"x": np.ones((1, 1, 5, 5)), "w": np.ones((2, 1, 3, 3)), "b": np.ones(2)}
    arguments |= {"conv_param": {"stride": 1, "pad": 0}} | changes
    with pytest.raises(ValueError, match=message):
        conv_forward(**arguments)


def test_no_images_have_no_maps_and_give_the_filters_no_gradient():
    out, cache = conv_forward(
        np.ones((0, 3, 5, 4)), np.ones((2, 3, 3, 2)), np.ones(2), {"stride": 2, "pad": 1}
    )
    assert out.shape == (0, 2, 3, 3)
    dx, dw, db = conv_backward(out, cache)
    assert dx.shape == (0, 3, 5, 4)
    np.testing.assert_array_equal(dw, np.zeros((2, 3, 3, 2)))
    np.testing.assert_array_equal(db, np.zeros(2))
