"""The affine layer: the course's numbers, and what it refuses."""

import numpy as np
import pytest

from nets.layers import affine_backward, affine_forward


def test_the_courses_example_comes_out():
    x = np.linspace(-0.1, 0.5, 2 * 120).reshape(2, 4, 5, 6)
    w = np.linspace(-0.2, 0.3, 120 * 3).reshape(120, 3)
    out, _ = affine_forward(x, w, np.linspace(-0.3, 0.1, 3))
    expected = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    np.testing.assert_allclose(out, expected, atol=1e-8)


def test_the_gradient_of_the_biases_has_their_shape(rng):
    _, cache = affine_forward(rng.standard_normal((4, 3)), rng.standard_normal((3, 5)), np.zeros(5))
    assert affine_backward(np.ones((4, 5)), cache)[2].shape == (5,)


def test_the_gradient_of_the_input_can_be_left_out(rng):
    _, cache = affine_forward(rng.standard_normal((4, 3)), rng.standard_normal((3, 5)), np.zeros(5))
    dx, dw, db = affine_backward(np.ones((4, 5)), cache, input_gradient=False)
    assert dx.size == 0
    _, full_dw, full_db = affine_backward(np.ones((4, 5)), cache)
    np.testing.assert_array_equal(dw, full_dw)
    np.testing.assert_array_equal(db, full_db)


def test_gradients_are_written_where_they_are_wanted(rng):
    _, cache = affine_forward(rng.standard_normal((4, 3)), rng.standard_normal((3, 5)), np.zeros(5))
    out = (np.full((3, 5), np.nan), np.full(5, np.nan))
    _, dw, db = affine_backward(np.ones((4, 5)), cache, out=out)
    assert dw is out[0]
    assert db is out[1]
    np.testing.assert_array_equal(dw, affine_backward(np.ones((4, 5)), cache)[1])


@pytest.mark.parametrize(
    ("w_shape", "b_shape", "message"),
    [
        ((4, 5), (5,), r"w must have the shape \(6, M\) for x of shape \(2, 3, 2\), but got \(4, 5\)"),
        ((6,), (5,), r"w must have the shape \(6, M\)"),
        ((6, 5), (1, 5), r"b must have the shape \(5,\), but got \(1, 5\)"),
    ],
)
def test_wrong_shapes_are_named(w_shape, b_shape, message):
    with pytest.raises(ValueError, match=message):
        affine_forward(np.ones((2, 3, 2)), np.ones(w_shape), np.ones(b_shape))
