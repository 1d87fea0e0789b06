"""The pickle reader: what CIFAR files need, equal to Python's; everything else refused and never run."""

from __future__ import annotations

import contextlib
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.data.pickled_array import PickledArray
from nets.data.safe_pickle import load

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(min_size=1, max_size=300),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner, inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(value=plain, protocol=st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_containers_texts_and_integers_are_read_as_by_python(value: Any, protocol: int) -> None:
    assert load(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_bytes_is_read_as_by_numpy(protocol: int, order: Any) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(4, 6).copy(order)
    read = load(pickle.dumps({"data": array}, protocol))["data"]
    assert isinstance(read, PickledArray)
    np.testing.assert_array_equal(read.to_uint8(), array)


def test_a_python_2_string_is_a_text_of_its_bytes() -> None:
    assert load(b"\x80\x02U\x03a\xe9z.") == "a\xe9z"


def test_odd_escapes_raise_no_warning() -> None:
    with contextlib.suppress(ValueError):  # Python 3.14 takes it for a text
        load(b"S'\\\xc3'\n.")


class Evil:
    """Pickles to a call of any function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_in_a_pickle_is_refused_and_not_run(protocol: int, tmp_path: Path) -> None:
    attack = pickle.dumps({"data": Evil(os.mkdir, str(tmp_path / "pwned"))}, protocol)
    with pytest.raises(ValueError, match=r"names '(posix|os|nt)\.mkdir': refused"):
        load(attack)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(b"cos\nsystem\n(S'true'\ntR.", id="a global called"),
        pytest.param(b"(S'true'\nios\nsystem\n.", id="INST"),
        pytest.param(b"(cos\nsystem\nS'true'\no.", id="OBJ"),
        pytest.param(b"cbuiltins\neval\n(S'1'\ntR.", id="eval"),
        pytest.param(b"cnumpy\nload\n(S'x'\ntR.", id="another function of numpy"),
        pytest.param(b"cnumpy\ndtype\n(S'O'\ntR\x81.", id="NEWOBJ"),
        pytest.param(b"\x80\x02\x82\x01.", id="an extension code"),
        pytest.param(b"Pid\n.", id="a persistent id"),
        pytest.param(b"G\x00\x00\x00\x00\x00\x00\x00\x00.", id="a float, which CIFAR has not"),
        pytest.param(b"c_codecs\nencode\n(S'x'\nS'zip'\ntR.", id="a codec other than latin1"),
        pytest.param(
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(I0\ntS'b'\ntR.", id="no ndarray"
        ),
    ],
)
def test_instructions_that_no_array_needs_are_refused(attack: bytes) -> None:
    with pytest.raises(ValueError, match="refused"):
        load(attack)


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x80\x02}q\x01(U", id="cut off"),
        pytest.param(b".", id="no value"),
        pytest.param(b"(.", id="only a mark"),
        pytest.param(b"K\x01K\x02.", id="two values"),
        pytest.param(b"h\x05.", id="a memo that was never put"),
        pytest.param(b"u.", id="no mark"),
        pytest.param(b"}(K\x01u.", id="a key without a value"),
        pytest.param(b"}(]K\x01u.", id="a list as a key"),
        pytest.param(b"K\x01K\x02a.", id="append to a number"),
        pytest.param(b"K\x01N\x86\x86.", id="a tuple of too few"),
        pytest.param(b"K\x01K\x02b.", id="a state for a number"),
    ],
)
def test_a_damaged_pickle_is_one_value_error(damaged: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(damaged)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param((1, (2, 2), "u1", False, b"abc"), id="too few bytes"),
        pytest.param((1, (-1, -4), "u1", False, b"abcd"), id="negative lengths"),
        pytest.param((1, (4,), "O", False, b"abcd"), id="objects"),
        pytest.param((1, (10**18, 10**18), "u1", False, b"abcd"), id="a shape beyond all memory"),
    ],
)
def test_an_array_that_lies_about_itself_is_refused(state: tuple[Any, ...]) -> None:
    version, shape, code, fortran, contents = state
    fake = PickledArray((version, shape, load(pickle.dumps(np.dtype("u1"))), fortran, contents))
    if code != "u1":
        fake = PickledArray((version, shape, load(pickle.dumps(np.dtype(object))), fortran, contents))
    with pytest.raises(ValueError, match=r"array"):
        fake.to_uint8()


@pytest.mark.parametrize(
    "greedy",
    [
        pytest.param(b"K\x01r\xff\xff\xff\x7f.", id="memo number of two thousand million"),
        pytest.param(b"]" * 2_000_000, id="two million lists"),
        pytest.param(b"B\xff\xff\xff\x7fabc.", id="a length of two gigabytes"),
        pytest.param(b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.", id="a length beyond all memory"),
    ],
)
def test_memory_stays_in_proportion_to_the_file(greedy: bytes) -> None:
    tracemalloc.start()
    with contextlib.suppress(ValueError):
        load(greedy)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(greedy) + 4_000_000
