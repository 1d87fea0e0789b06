"""Arrays of one's own: shapes, types and classes as given; what is not right is named."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from nets.data import DataFileError
from nets.data.arrays import read_arrays
from nets.data.examples import to_features


def save(path: Path, **arrays: Any) -> Path:
    """Writes an .npz file."""
    np.savez(path / "data.npz", **arrays)
    return path / "data.npz"


@pytest.mark.parametrize(
    ("given_shape", "stored_shape"),
    [((6, 4), (6, 4)), ((6, 5, 4), (6, 1, 5, 4)), ((6, 3, 5, 4), (6, 3, 5, 4))],
)
def test_shapes_become_rows_or_images(
    given_shape: Any, stored_shape: Any, tmp_path: Path, tiny: SimpleNamespace
) -> None:
    x = np.arange(np.prod(given_shape)).reshape(given_shape) / 7
    raw = read_arrays(save(tmp_path, X=x, y=[0, 1, 0, 1, 0, 1]))
    np.testing.assert_array_equal(raw.pool.x, x.reshape(stored_shape))
    assert raw.test is None
    assert raw.class_names == ("0", "1")
    tiny.check(raw)


DTYPES = ["bool", "int8", "uint8", "int32", "uint64", "float16", "float32", "float64", ">f4", ">i8"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_are_kept_whatever_their_type(dtype: str, tmp_path: Path) -> None:
    x = np.array([[0, 1], [1, 0], [1, 1]], dtype=dtype)
    raw = read_arrays(save(tmp_path, X=x, y=[0, 1, 1]))
    assert raw.pool.x.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert raw.pool.x.dtype == {"e": "f4", "f": "f4", "d": "f8"}.get(np.dtype(dtype).char, "u1")


@given(hnp.arrays(hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(16, 32, 64)), (3, 2)))
def test_features_hold_exactly_what_was_given_or_are_refused(x: np.ndarray[Any, Any]) -> None:
    try:
        stored = to_features(x)
    except ValueError:
        assert not np.all(np.abs(x.astype(float)) < 1e15)
        return
    assert stored.tolist() == x.tolist()


def test_a_test_split_of_its_own_is_kept_apart(tmp_path: Path) -> None:
    raw = read_arrays(save(tmp_path, X=[[1], [2]], y=[0, 1], X_test=[[0.5], [0.25]], y_test=[1, 0]))
    assert raw.test is not None
    assert raw.test.x.tolist() == [[0.5], [0.25]]
    assert raw.test.y.tolist() == [1, 0]
    assert raw.pool.x.tolist() == [[1], [2]]
    assert raw.pool.x.dtype == raw.test.x.dtype


def test_the_names_of_keras_will_do(tmp_path: Path) -> None:
    raw = read_arrays(save(tmp_path, x_train=[[1], [2]], y_train=[0, 1], x_test=[[3]], y_test=[1]))
    assert raw.pool.x.tolist() == [[1], [2]]


def test_texts_are_classes_in_alphabetical_order(tmp_path: Path) -> None:
    raw = read_arrays(save(tmp_path, X=[[1], [2], [3]], y=["dog", "cat", "dog"]))
    assert raw.class_names == ("cat", "dog")
    assert raw.pool.y.tolist() == [1, 0, 1]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64])
def test_classes_of_bytes_beside_integers_are_whole_numbers_too(tmp_path: Path, dtype: type) -> None:
    arrays = {"X": [[1], [2]], "y": [0, 1], "X_test": [[3]], "y_test": np.array([1], dtype)}
    raw = read_arrays(save(tmp_path, **arrays))
    assert raw.test is not None
    assert (raw.pool.y.tolist(), raw.test.y.tolist(), raw.class_names) == ([0, 1], [1], ("0", "1"))


def test_class_names_may_be_given(tmp_path: Path) -> None:
    raw = read_arrays(save(tmp_path, X=[[1], [2]], y=[1, 0], class_names=["cat", "dog"]))
    assert raw.class_names == ("cat", "dog")


X = np.zeros((4, 2))
Y = [0, 1, 0, 1]
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no X": ({"y": Y}, "holds no array X"),
    "no y": ({"X": X}, "holds no array y"),
    "a test split without labels": ({"X": X, "y": Y, "X_test": X}, "holds no array y_test"),
    "an unknown array": ({"X": X, "y": Y, "weights": Y}, "holds 'weights'; expected X, y"),
    "X twice": ({"X": X, "x_train": X, "y": Y}, "each once"),
    "labels missing": ({"X": X, "y": [0, 1]}, r"y must be of shape \(4,\)"),
    "labels in a column": ({"X": X, "y": [[0], [1], [0], [1]]}, r"y must be of shape \(4,\)"),
    "a class missing": ({"X": X, "y": [0, 1, 3, 0]}, "from 0 to 2, but none is 2"),
    "a negative class": ({"X": X, "y": [0, 1, -1, 0]}, "but one is -1"),
    "more names than classes": ({"X": X, "y": Y, "class_names": ["a", "b", "c"]}, "none is 2"),
    "fewer names than classes": ({"X": X, "y": [0, 1, 2, 0], "class_names": ["a", "b"]}, "but one is 2"),
    "a name twice": ({"X": X, "y": Y, "class_names": ["a", "a"]}, "different texts"),
    "floats as classes": ({"X": X, "y": [0.0, 1.0, 0.5, 1.0]}, "integers or texts"),
    "nan": ({"X": X * np.nan, "y": Y}, "X has a value that is not finite"),
    "infinity": ({"X": X + np.inf, "y": Y}, "not finite"),
    "complex numbers": ({"X": X * 1j, "y": Y}, "complex128"),
    "texts as X": ({"X": [["a"]] * 4, "y": Y}, "X must be whole or floating-point"),
    "no example": ({"X": np.zeros((0, 3)), "y": np.zeros(0, int)}, "X is empty"),
    "one number an example": ({"X": np.zeros(4), "y": Y}, "must be of shape"),
    "channels last": ({"X": np.zeros((4, 8, 8, 3)), "y": Y}, "channels last"),
    "examples last": ({"X": np.zeros((8, 8, 3, 4)), "y": Y}, r"\(8, 8, 3, 4\): examples last"),
    "test examples of another shape": (
        {"X": X, "y": Y, "X_test": np.zeros((1, 3)), "y_test": [0]},
        r"shape \(2,\), X_test of \(3,\)",
    ),
    "classes of two types": ({"X": X, "y": Y, "X_test": X, "y_test": list("abab")}, "unlike types"),
    "objects": ({"X": np.array([[{}]] * 4, dtype=object), "y": Y}, "type object"),
    "texts as pandas keeps them": (
        {"X": X, "y": np.array(list("abab"), object)},
        r"y is of type object, .* or texts as y\.astype\(str\) gives them",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_one_error_with_the_path(case: str, tmp_path: Path) -> None:
    arrays, reason = WRONG[case]
    path = save(tmp_path, **arrays)
    with pytest.raises(DataFileError, match=reason) as caught:
        read_arrays(path)
    assert caught.value.path == path


def npy(header: bytes, contents: bytes) -> bytes:
    """Returns an .npy file with this header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + contents


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (
            npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 9)}\n", b"abc"),
            "3 bytes for",
        ),
        (npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1)}\n", b"abcdefgh"), "shape"),
        (npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 1)}\n", b"cos\nsystem\n"), "type object"),
        (npy(b"__import__('os').system('true')\n", b""), "is damaged"),
        (b"", "is damaged"),
    ],
)
def test_an_array_that_lies_about_itself_is_refused(contents: bytes, reason: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("X.npy", contents)
    with pytest.raises(DataFileError, match=reason):
        read_arrays(tmp_path / "data.npz")


def test_a_file_of_another_kind_is_told_which_one_is_wanted(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", X)
    with pytest.raises(
        DataFileError, match=r"data\.npy: is no \.npz file as np\.savez writes it, or damaged"
    ):
        read_arrays(tmp_path / "data.npy")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "data.npz", X=np.zeros((3_000_000, 1)), y=np.zeros(3_000_000, int))
    with pytest.raises(DataFileError, match=r"unpacks to 48000\d+ bytes, more than"):
        read_arrays(tmp_path / "data.npz")


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = save(tmp_path, X=np.random.default_rng(0).random((50, 2)), y=[0, 1] * 25)
    contents = bytearray(path.read_bytes())
    contents[400] ^= 1
    path.write_bytes(contents)
    with pytest.raises(DataFileError, match="CRC"):
        read_arrays(path)


def test_what_is_no_zip_file_is_an_error(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, X)
    (tmp_path / "data.npz").write_bytes(stream.getvalue())
    with pytest.raises(DataFileError, match="not a zip file"):
        read_arrays(tmp_path / "data.npz")
