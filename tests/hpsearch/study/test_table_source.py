"""Tables: numeric columns are features, one column is the class; what is neither is named."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpsearch.study.table_source import SOURCES, read_table
from nets.data import DataFileError, RawData, SplitSettings, check_settings, open_train_val, prepare


def read(tmp_path: Path, text: str, label: str | None = None) -> RawData:
    """Returns what a CSV file of this text holds."""
    (tmp_path / "data.csv").write_text(text)
    return read_table(tmp_path / "data.csv", SplitSettings("table", label=label))


def test_every_column_but_the_label_is_a_feature(tmp_path: Path) -> None:
    raw = read(tmp_path, "a,label,b\n1,cat,0.5\n2,dog,-1\n3,cat,7\n")
    assert raw.pool.x.tolist() == [[1, 0.5], [2, -1], [3, 7]]
    assert raw.pool.y.tolist() == [0, 1, 0]
    assert raw.class_names == ("cat", "dog")
    assert raw.test is None


def test_the_label_may_be_any_column(tmp_path: Path) -> None:
    raw = read(tmp_path, "species,x\n1,2\n3,4\n", label="species")
    assert raw.pool.x.tolist() == [[2], [4]]
    assert raw.class_names == ("1", "3")


def test_numbers_as_classes_are_ordered_as_numbers(tmp_path: Path) -> None:
    raw = read(tmp_path, "x,label\n1,10\n2,9\n3,10\n")
    assert raw.class_names == ("9", "10")
    assert raw.pool.y.tolist() == [1, 0, 1]


def test_whole_numbers_that_fit_are_stored_in_a_byte(tmp_path: Path) -> None:
    assert read(tmp_path, "x,y,label\n1,255,0\n2,0,1\n").pool.x.dtype == np.uint8
    assert read(tmp_path, "x,y,label\n1,256,0\n2,0,1\n").pool.x.dtype == np.float64


def test_long_decimals_are_read_to_the_last_bit_by_any_pandas(tmp_path: Path) -> None:
    """An upgrade from pandas 2 to 3.1 gave a table other contents, and no study could go on with it."""
    texts = [repr(float(x)) for x in np.random.default_rng(0).normal(size=200)]
    raw = read(tmp_path, "x,label\n" + "".join(f"{text},{i % 2}\n" for i, text in enumerate(texts)))
    assert raw.pool.x[:, 0].tolist() == list(map(float, texts))


def test_na_and_none_are_names_of_classes_like_others(tmp_path: Path) -> None:
    raw = read(tmp_path, "x,label\n1,NA\n2,None\n3,EU\n")
    assert raw.class_names == ("EU", "NA", "None")


def test_true_and_false_are_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "x,label\nTrue,0\nFalse,1\n").pool.x.tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no sound CSV file"),
        ("a,b\n1,2\n", "has no column 'label' with the classes, but 'a', 'b'"),
        ("a, b, label\n1, 2, 0\n", "has no column 'label' with the classes, but ' label', 'a', ' b'"),
        ("a,label\n", "has 0 rows"),
        ("label\n1\n", "0 columns of numbers"),
        ("a,label\n1,1\nx,2\n", "column 'a' must hold numbers, but has 'x' in row 2"),
        ("a,label\n1,1\nNA,2\n", "column 'a' must hold numbers, but has 'NA' in row 2"),
        ('a,label\n1,1\n"2,5",2\n', "column 'a' must hold numbers, but has '2,5' in row 2"),
        ("a,label\n1,1\n1_000,2\n", "column 'a' must hold numbers, but has '1_000' in row 2"),
        ("a,label\n1,1\n\u0662,2\n", "column 'a' must hold numbers, but has '\u0662' in row 2"),
        (f"a,label\n1,1\n{10**23},2\n", "column 'a' has an integer that 64 bits do not hold"),
        (f"a,label\n-1,1\n{2**63},2\n", "column 'a' has an integer that 64 bits do not hold"),
        ("a;label\n1;1\n2;2\n", "must separate columns by commas, but its first line is 'a;label'"),
        ("a;label\n1,5;1\n2,5;2\n", "must separate columns by commas, but its first line is 'a;label'"),
        ("a\tlabel\n1\t1\n", r"must separate columns by commas, but its first line is 'a\\tlabel'"),
        ("a,label\n1,0\n,1\n", "column 'a' has no value in row 2"),
        ("a,label\n1,\n2,1\n", "column 'label' has no value in row 1"),
        ("a,label\n1,0.5\n2,1\n", "column 'label' must be integers or texts, but is float64"),
        ("a,label\n1,01\n2,1\n3,2\n", "column 'label' has class 1 as '01' and as '1'; expected one of them"),
        ("a,label\ninf,0\n2,1\n", "column 'a' has a value that is not finite"),
        ("a,label\n1,cat\n2,dog\n3,cat \n", "column 'label' has a class as 'cat' and as 'cat '"),
        (",a,label\n0,1,0\n1,2,1\n", "must name each column once, but column 1 is called ''; if it numbers"),
        ("a,a,label\n0,1,0\n1,2,1\n", "must name each column once, but column 2 is called 'a'$"),
        ("5,0,0\n4,0,1\n", "column 3 is called '0'; its first line has numbers: expected a line of names"),
        ("5,0,1\n4,0,1\n", "no column 'label' .* but '0', '1', '5'; its first line has numbers: expected"),
        ("a,label\n1,0,5\n2,1,6\n", "is no sound CSV file"),
        ("a,label\n1,0\n2,1,6\n", "is no sound CSV file.*line 3"),
        ('a,label\n1,"0\n2,1\n', "is no sound CSV file"),
    ],
)
def test_what_is_wrong_is_one_error_with_the_path(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=reason) as caught:
        read(tmp_path, text)
    assert caught.value.path == tmp_path / "data.csv"
    assert "\n" not in str(caught.value)


def test_of_many_columns_the_nearest_names_are_listed(tmp_path: Path) -> None:
    names = ["Label", *(f"pixel{number}" for number in range(784))]
    text = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    with pytest.raises(DataFileError, match=r"but 'Label', 'pixel0', .* 'pixel10' and 773 others$"):
        read(tmp_path, text)


def test_blanks_beside_a_class_make_no_other_one(tmp_path: Path) -> None:
    assert read(tmp_path, "x,label\n1, 01\n2,01\n3, 2\n").class_names == ("1", "2")


@pytest.mark.parametrize("contents", [b"\xff\xfe\x00", b"\x1f\x8b\x08\x00", bytes(100)])
def test_what_is_no_text_is_one_error(contents: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(contents)
    with pytest.raises(DataFileError, match=r"data\.csv: "):
        read_table(tmp_path / "data.csv", SplitSettings("table"))


def test_a_table_goes_through_the_cache_like_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPSEARCH_DATA", str(tmp_path / "cache"))
    table = pd.DataFrame({"u": np.arange(40.0), "v": -1.5, "kind": ["a", "b"] * 20})
    table.to_csv(tmp_path / "data.csv", index=False)
    section = {"source": "table", "path": str(tmp_path / "data.csv"), "label": "kind"}
    data = open_train_val(prepare(check_settings(section, SOURCES), SOURCES).train_val)
    assert data.image_shape == (2,)
    assert data.class_names == ("a", "b")
    assert (len(data.X_train), len(data.X_val)) == (24, 8)
    assert np.all(data.preprocess(data.X_val, np.float32)[:, 1] == 0)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A Parquet file of 30 rows, where pyarrow is installed."""
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"x": np.arange(30) / 8, "label": ["cat", "dog", "eel"] * 10})
    table.to_parquet(tmp_path / "data.parquet")
    return tmp_path / "data.parquet"


def test_parquet_is_read_like_csv(parquet: Path) -> None:
    raw = read_table(parquet, SplitSettings("table"))
    assert raw.pool.x.tolist() == [[number / 8] for number in range(30)]
    assert raw.class_names == ("cat", "dog", "eel")


def test_damaged_parquet_is_one_error_or_a_sound_table(parquet: Path) -> None:
    rng, good = np.random.default_rng(0), parquet.read_bytes()
    for _ in range(300):
        contents = bytearray(good)
        contents[rng.integers(len(good))] = rng.integers(256)
        parquet.write_bytes(contents[: rng.integers(1, len(good))] if rng.random() < 0.3 else contents)
        try:
            assert len(read_table(parquet, SplitSettings("table")).pool)
        except DataFileError as error:
            assert error.path == parquet  # noqa: PT017  # either outcome is right


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where it is not installed
    (tmp_path / "data.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataFileError, match=r"needs pyarrow to be read: pip install 'hpsearch\[parquet\]'"):
        read_table(tmp_path / "data.parquet", SplitSettings("table"))
