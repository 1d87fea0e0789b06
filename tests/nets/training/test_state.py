"""Saved states come back bit for bit."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nets.training.state import load_state, save_state

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)
dtypes = hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(32, 64))
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
states = st.dictionaries(
    st.text(), st.recursive(json_values | arrays, lambda inner: st.dictionaries(st.text(), inner, max_size=3))
)


def through_a_file(state):
    file = io.BytesIO()
    save_state(file, state)
    file.seek(0)
    return load_state(file)


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return type(b) is list and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or (a != a and b != b))


@settings(max_examples=50)
@given(states)
def test_any_state_comes_back_as_it_was(state):
    assert same(state, through_a_file(state))


@pytest.mark.parametrize(
    "state",
    [
        {"file": np.arange(3), "allow_pickle": np.arange(2), "tree.json": np.arange(1)},
        {"a/b": np.ones(1), "a": {"b": np.zeros(1)}, "a~1b": np.arange(2)},
        {"": {"a": np.ones(2)}, "a": np.zeros(1), "/": {"": np.zeros(1)}},
        {"a": np.ones(2), "a.npy": np.zeros(1)},
    ],
)
def test_no_name_is_special_and_none_is_taken_for_another(state):
    assert same(state, through_a_file(state))


def test_states_of_generators_and_special_numbers_survive():
    for kind in (np.random.PCG64, np.random.MT19937, np.random.Philox):
        generator = np.random.Generator(kind(5))
        other = np.random.Generator(kind(6))
        other.bit_generator.state = through_a_file({"rng": dict(generator.bit_generator.state)})["rng"]
        assert other.random() == generator.random()
    restored = through_a_file({"x": [math.inf, -math.inf, math.nan, -0.0, 2**200]})["x"]
    assert restored[:2] == [math.inf, -math.inf]
    assert math.isnan(restored[2])
    assert math.copysign(1, restored[3]) == -1
    assert restored[4] == 2**200


def test_a_file_by_its_path_needs_no_pickle_and_keeps_fortran_order(tmp_path):
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    save_state(tmp_path / "state.npz", {"net": {"W1": array}})
    with np.load(tmp_path / "state.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["net/W1"], array)
    assert load_state(tmp_path / "state.npz")["net"]["W1"].flags.f_contiguous


def test_the_same_state_gives_the_same_bytes():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        save_state(file, {"a": np.arange(3), "b": 1})
    assert files[0].getvalue() == files[1].getvalue()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1: 2}, "keys must be strings, but got 1"),
        ({"a": np.float64(1)}, r"a: np.float64\(1.0\) is neither an array, a dict nor a JSON value"),
        ({"a": {"b": (1, 2)}}, r"a/b: \(1, 2\) is neither"),
        ({"a": [1, {2: 3}]}, "is neither"),
        ({"a": np.array([None])}, "a: an array of objects cannot be saved"),
    ],
)
def test_what_would_not_come_back_is_refused(value, message):
    with pytest.raises(TypeError, match=message):
        save_state(io.BytesIO(), value)


def test_another_archive_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    with pytest.raises(ValueError, match=r"other\.npz holds no saved state: there is no tree\.json in it"):
        load_state(tmp_path / "other.npz")
