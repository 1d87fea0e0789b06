"""Named arrays on one vector: whatever is assigned, they stay views of it."""

import copy
import pickle

import numpy as np
import pytest

from nets.arrays import FlatArrays


@pytest.fixture
def arrays():
    return FlatArrays({"W1": np.arange(6.0).reshape(2, 3), "b1": np.array([7.0, 8.0])})


def test_arrays_are_views_of_one_vector_in_their_order(arrays):
    assert arrays.flat.tolist() == [0, 1, 2, 3, 4, 5, 7, 8]
    arrays.flat *= 2
    assert arrays["b1"].tolist() == [14, 16]
    arrays["W1"][1, 2] = -1
    assert arrays.flat[5] == -1


@pytest.mark.parametrize(
    "assign",
    [lambda a, v: a.__setitem__("b1", v), lambda a, v: a.update(b1=v), lambda a, v: a.__ior__({"b1": v})],
)
def test_assigning_copies_into_place_and_keeps_the_dtype(arrays, assign):
    value = np.array([1, 2])
    assign(arrays, value)
    assert arrays.flat[-2:].tolist() == [1, 2]
    assert arrays["b1"].dtype == np.float64
    value[0] = 99
    assert arrays["b1"][0] == 1


@pytest.mark.parametrize("name", ["pop", "popitem", "clear", "setdefault"])
def test_names_can_be_neither_added_nor_removed(arrays, name):
    with pytest.raises(TypeError, match="the set of parameters of a net is fixed"):
        getattr(arrays, name)("b1")
    with pytest.raises(TypeError, match="fixed"):
        del arrays["b1"]
    with pytest.raises(KeyError, match="there is no parameter 'b2', only W1, b1"):
        arrays["b2"] = np.zeros(2)


def test_another_shape_is_refused(arrays):
    with pytest.raises(ValueError, match=r"b1 must have the shape \(2,\), but got \(3,\)"):
        arrays["b1"] = np.zeros(3)


def test_all_names_at_once_must_be_these(arrays):
    with pytest.raises(ValueError, match="expected the arrays W1, b1, but b1 missing and b2 unexpected"):
        arrays.assign({"W1": np.zeros((2, 3)), "b2": np.zeros(2)})


@pytest.mark.parametrize("again", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))])
def test_copies_have_a_vector_of_their_own(arrays, again):
    other = again(arrays)
    other["b1"][0] = 100
    assert other.flat[6] == 100
    assert arrays["b1"][0] == 7


def test_zeros_have_the_same_names_shapes_and_dtype():
    zeros = FlatArrays({"a": np.ones((2, 1), np.float32)}).zeros()
    assert zeros["a"].tolist() == [[0], [0]]
    assert zeros.flat.dtype == np.float32
