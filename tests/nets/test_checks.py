"""Checks of arguments: Python's and NumPy's numbers pass, look-alikes do not, names are suggested."""

import numpy as np
import pytest

from nets import checks


@pytest.mark.parametrize("value", [1, 3, np.int64(2), np.uint8(7)])
def test_integers_of_python_and_numpy_pass(value):
    checks.positive_integer("n", value)


@pytest.mark.parametrize("value", [True, 2.0, np.float64(2), "2", None])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(TypeError, match="n must be an integer of at least 1, but got"):
        checks.positive_integer("n", value)


@pytest.mark.parametrize("value", [0.5, 1, np.float32(0.1), np.int64(2)])
def test_numbers_of_python_and_numpy_pass(value):
    checks.positive("rate", value)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_numbers_that_break_the_rule_are_refused(value):
    with pytest.raises(ValueError, match="rate must be a finite number above 0, but got"):
        checks.positive("rate", value)


def test_an_unknown_name_is_told_what_there_is_nearest_first():
    with pytest.raises(
        ValueError, match="kind must be one of layernorm, batchnorm, none, but got 'layernrm'"
    ):
        checks.one_of(["none", "batchnorm", "layernorm"])("kind", "layernrm")


@pytest.mark.parametrize("value", [np.float32, "float64", np.dtype(np.float32)])
def test_dtypes_may_be_types_or_names(value):
    checks.floating_dtype("dtype", value)


@pytest.mark.parametrize(
    ("value", "error"), [((3, 32), TypeError), (3072, TypeError), ((0, 2, 2), ValueError)]
)
def test_a_shape_has_a_positive_integer_for_each_axis(value, error):
    checks.shape("CHW")("input_dim", [3, 32, 32])
    with pytest.raises(error, match="input_dim must be"):
        checks.shape("CHW")("input_dim", value)


def test_only_arguments_that_are_there_are_checked():
    checks.run({"n": checks.positive_integer, "m": checks.positive_integer}, {"n": 1, "other": None})
    with pytest.raises(ValueError, match="n must be"):
        checks.run({"n": checks.positive_integer}, {"n": 0})
