"""Softmax and SVM losses: the course's numbers, extreme scores, what they refuse."""

import math

import numpy as np
import pytest

from nets.inspect.gradcheck import numeric_gradient, relative_error
from nets.layers import softmax_loss, svm_loss

LOSSES = [softmax_loss, svm_loss]


def test_the_courses_table_of_softmax_comes_out():
    scores, y = np.array([[1, 1, 1, 2], [2, 2, 2, 3], [3, 3, 3, 5]]), np.array([2, 0, 1])
    loss, dscores = softmax_loss(scores, y)
    probabilities = dscores * 3
    probabilities[np.arange(3), y] += 1
    expected = [[0.175, 0.175, 0.175, 1 / 2.104]] * 2 + [[0.096, 0.096, 0.096, 1 / 1.405]]
    np.testing.assert_allclose(probabilities, expected, atol=6e-4)
    np.testing.assert_allclose(
        -np.log(probabilities[np.arange(3), y]), [1.743, 1.743, 2.343], atol=3e-3
    )  # rounded there
    assert loss == pytest.approx((1.743 + 1.743 + 2.343) / 3, abs=2e-3)


@pytest.mark.parametrize(("loss_of", "expected"), [(svm_loss, 9.0), (softmax_loss, math.log(10))])
def test_small_random_scores_give_the_loss_of_guessing(loss_of, expected, rng):
    scores, y = 0.001 * rng.standard_normal((50, 10)), rng.integers(10, size=50)
    loss, dscores = loss_of(scores, y)
    assert loss == pytest.approx(expected, abs=5e-3)
    assert relative_error(numeric_gradient(lambda s: loss_of(s, y)[0], scores), dscores) < 1e-6


@pytest.mark.parametrize("loss_of", LOSSES)
def test_a_loss_is_a_python_float_and_its_gradient_keeps_the_dtype(loss_of, rng):
    loss, dscores = loss_of(rng.standard_normal((4, 3)).astype(np.float32), np.array([0, 1, 2, 0]))
    assert type(loss) is float
    assert dscores.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_that_underflow_give_the_exact_loss(dtype):
    loss, dscores = softmax_loss(np.array([[1e4, 0.0], [0.0, 1e4]], dtype), np.array([1, 1]))
    assert loss == 5000.0
    np.testing.assert_array_equal(dscores, [[0.5, -0.5], [0, 0]])


def test_huge_scores_of_one_size_are_as_good_as_small_ones():
    loss, _ = softmax_loss(np.full((2, 4), 1e300), np.array([0, 3]))
    assert loss == pytest.approx(math.log(4), abs=1e-15)


@pytest.mark.parametrize("loss_of", LOSSES)
def test_integer_scores_are_as_good_as_floats(loss_of):
    scores, y = np.array([[3, -1, 2], [0, 5, 1]]), np.array([2, 1])
    loss, dscores = loss_of(scores, y)
    float_loss, float_dscores = loss_of(scores.astype(float), y)
    assert loss == float_loss
    np.testing.assert_array_equal(dscores, float_dscores)


def test_the_hinge_loss_by_hand():
    loss, dscores = svm_loss(np.array([[1.0, 2.0, -5.0]]), np.array([0]))
    assert loss == 2.0
    np.testing.assert_array_equal(dscores, [[-1, 1, 0]])


def test_scores_that_are_not_numbers_are_not_hidden():
    assert math.isnan(softmax_loss(np.array([[np.nan, 1.0]]), np.array([1]))[0])
    assert math.isnan(svm_loss(np.array([[np.nan, 1.0]]), np.array([1]))[0])


@pytest.mark.parametrize("loss_of", LOSSES)
@pytest.mark.parametrize(
    ("scores", "y", "error", "message"),
    [
        (np.ones((2, 3)), np.array([0, 3]), ValueError, r"labels in 0 \.\. 2, but got 3"),
        (np.ones((2, 3)), np.array([-1, 0]), ValueError, r"labels in 0 \.\. 2, but got -1"),
        (np.ones((2, 3)), np.array([0.0, 1.0]), TypeError, "y must hold integers, but got float64"),
        (np.ones((2, 3)), np.array([0]), ValueError, r"y must have the shape \(2,\), but got \(1,\)"),
        (np.ones((0, 3)), np.array([], int), ValueError, r"N and K above 0, but got \(0, 3\)"),
        (np.ones(3), np.array([0]), ValueError, r"scores must have the shape \(N, K\)"),
    ],
)
def test_what_is_no_batch_of_scores_and_labels_is_refused(loss_of, scores, y, error, message):
    with pytest.raises(error, match=message):
        loss_of(scores, y)


@pytest.mark.parametrize("loss_of", LOSSES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
def test_neither_the_dtype_of_labels_nor_the_memory_of_scores_matters(loss_of, dtype, rng):
    scores, y = rng.standard_normal((5, 4)), np.array([0, 3, 1, 1, 2])
    loss, dscores = loss_of(scores, y)
    for turned in (np.asfortranarray(scores), np.repeat(scores, 2, axis=1)[:, ::2]):
        other_loss, other_dscores = loss_of(turned, y.astype(dtype))
        assert other_loss == pytest.approx(loss, rel=1e-15)
        np.testing.assert_allclose(other_dscores, dscores, rtol=1e-14)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("loss", [softmax_loss, svm_loss])
def test_labels_of_either_byte_order_are_the_same(loss, order):
    scores, y = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    assert loss(scores, y.astype(f"{order}i4"))[0] == loss(scores, y)[0]
    with pytest.raises(ValueError, match=r"labels in 0 .. 2, but got -1"):
        loss(scores, np.array([0, 1, 2, 0, 1, -1], f"{order}i4"))
