"""The source `table`: numbers and a class a row, in a CSV or Parquet file read by pandas.

nets knows no pandas, so this source is added here; `SOURCES` is what hpsearch offers, `own_data`'s
among it.
"""

from __future__ import annotations

import importlib
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.study import own_data
from nets.data import SOURCES as NETS_SOURCES
from nets.data import DataFileError, Labelled, RawData, Source, SplitSettings
from nets.data.examples import to_features
from nets.data.published import locate_own
from nets.names import nearest_first

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_LABEL = "label"
_NAMES_SHOWN = 12


def read_table(path: Path, settings: SplitSettings) -> RawData:
    """Returns the rows of a table: every column but the label is a feature, in the order of the file.

    Raises:
        DataFileError: the file is damaged, or a column is not right; the column is named.
        OSError: it cannot be read.
    """
    table = (read_parquet if path.suffix == ".parquet" else read_csv)(path)
    label = settings.label or DEFAULT_LABEL
    if label not in table.columns:
        names = list(map(str, table.columns))
        near = nearest_first(map(repr, names), repr(label), most=_NAMES_SHOWN)
        raise DataFileError(
            path, f"has no column {label!r} with the classes, but {near}{without_names(names)}"
        )
    if len(table) == 0 or len(table.columns) < 2:
        raise DataFileError(path, f"has {len(table)} rows and {len(table.columns) - 1} columns of numbers")
    for name in table.columns:
        check_filled(path, table[name])
    features = [feature_column(path, table[name]) for name in table.columns if name != label]
    stacked = np.stack(features, axis=1).astype(np.result_type(*features), copy=False)
    classes, class_names = class_column(path, table[label])
    if path.suffix != ".parquet" and table[label].dtype.kind in "iu":
        check_spelling(path, table[label])
    return RawData(Labelled(stacked, classes), None, class_names, value_range=None)


def read_csv(path: Path) -> pd.DataFrame:
    """Returns the table of a CSV file, whose first line names the columns.

    Raises:
        DataFileError: it is no sound CSV, or a column has no name or that of another.
        OSError: it cannot be read.
    """
    import pandas as pd

    try:
        first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, compression=None)
        check_commas(path, first.iloc[0].tolist())
        check_names(path, first.iloc[0].tolist())
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            return cells(path)
    except DataFileError:
        raise
    except (ValueError, pd.errors.ParserWarning) as error:
        raise DataFileError(path, f"is no sound CSV file ({first_line(error)})") from error


def cells(path: Path, only: str | None = None) -> pd.DataFrame:
    """Returns the cells of a CSV file, or one column of them, as text; raises what pandas raises."""
    import pandas as pd

    table: pd.DataFrame = pd.read_csv(
        path,
        index_col=False,
        compression=None,
        low_memory=False,
        # By default pandas also takes NA, None and the like for gaps, which are names of classes too.
        keep_default_na=False,
        na_values=[""],
        usecols=None if only is None else [only],
        dtype=None if only is None else str,
        **_to_the_last_bit(),
    )
    return table


def _to_the_last_bit() -> dict[str, Any]:
    """Returns what has pandas read decimals as Python does: before 3.1 the last bit of long ones was off."""
    import pandas as pd

    major, minor = map(int, pd.__version__.split(".")[:2])
    return {"float_precision": "round_trip"} if (major, minor) < (3, 1) else {}


def read_parquet(path: Path) -> pd.DataFrame:
    """Returns the table of a Parquet file.

    Raises:
        DataFileError: it is damaged, or pyarrow is not installed.
    """
    import pandas as pd

    try:
        arrow: Any = importlib.import_module("pyarrow")
    except ImportError as error:
        raise DataFileError(path, "needs pyarrow to be read: pip install 'hpsearch[parquet]'") from error
    try:
        table = pd.read_parquet(path, engine="pyarrow")
        check_names(path, [str(name) for name in table.columns])
        texts = [name for name in table.columns if isinstance(table.dtypes[name], pd.StringDtype)]
        return table.astype(dict.fromkeys(texts, object))  # Arrow checks its texts only here
    except DataFileError:
        raise
    except (arrow.ArrowException, ValueError, TypeError, KeyError, OSError) as error:
        raise DataFileError(path, f"is no sound Parquet file ({first_line(error)})") from error


def check_commas(path: Path, names: list[str]) -> None:
    """Raises DataFileError if a first line without a comma has another mark between its names."""
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise DataFileError(path, f"must separate columns by commas, but its first line is {names[0][:80]!r}")


def check_names(path: Path, names: list[str]) -> None:
    """Raises DataFileError unless each column has a name of its own."""
    earlier = {""}
    for number, name in enumerate(names, 1):
        if name in earlier:
            called = f"column {number} is called {name!r}{without_names(names)}"
            if number == 1:
                called += "; if it numbers the rows, as pandas writes, leave it out: to_csv(..., index=False)"
            raise DataFileError(path, f"must name each column once, but {called}")
        earlier.add(name)


def without_names(names: list[str]) -> str:
    """Returns what a first line that is a row of numbers lacks; "" if it has names."""
    if not all(map(is_number, names)):
        return ""
    return "; its first line has numbers: expected a line of names above it"


def check_filled(path: Path, column: pd.Series[Any]) -> None:
    """Refuses a column with a gap.

    Raises:
        DataFileError: names column and row.
    """
    gaps = np.flatnonzero(column.isna())
    if len(gaps):
        raise DataFileError(
            path, f"column {column.name!r} has no value in row {gaps[0] + 1} (of {len(gaps)} such)"
        )


def feature_column(path: Path, column: pd.Series[Any]) -> NDArray[Any]:
    """Returns the numbers of a column.

    Raises:
        DataFileError: it holds something else.
    """
    values = column.to_numpy()
    for row, value in enumerate(values if values.dtype == object else (), 1):
        if isinstance(value, str) and not is_number(value):
            raise DataFileError(
                path, f"column {column.name!r} must hold numbers, but has {value[:40]!r} in row {row}"
            )
    if values.dtype == object and all(isinstance(value, int | str) for value in values):
        raise DataFileError(path, f"column {column.name!r} has an integer that 64 bits do not hold")
    try:
        return to_features(values)
    except ValueError as error:
        raise DataFileError(path, f"column {column.name!r} {error}") from error


def is_number(text: str) -> bool:
    """Returns whether a text is a finite number to pandas; Python's 1_000 and other digits are none."""
    try:
        return text.isascii() and "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False


def class_column(path: Path, column: pd.Series[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Returns classes from 0 and their names, in the order of the numbers or texts of the column.

    Raises:
        DataFileError: it holds neither integers nor texts.
    """
    values = column.to_numpy(dtype=object)
    if not all(isinstance(value, str) for value in values) and column.dtype.kind not in "bui":
        raise DataFileError(path, f"column {column.name!r} must be integers or texts, but is {column.dtype}")
    found, classes = np.unique(values, return_inverse=True)
    names = tuple(str(value) for value in found)
    check_blanks(path, str(column.name), names)
    return classes.astype(np.int64), names


def check_blanks(path: Path, label: str, names: tuple[str, ...]) -> None:
    """Raises DataFileError if two classes differ by blanks at their ends alone: nobody sees these."""
    first_so_called: dict[str, str] = {}
    for name in names:
        first = first_so_called.setdefault(name.strip(), name)
        if first != name:
            raise DataFileError(
                path, f"column {label!r} has a class as {first!r} and as {name!r}; expected one of them"
            )


def check_spelling(path: Path, column: pd.Series[Any]) -> None:
    """Raises DataFileError if a class of a CSV file is written in two ways, as 1 and 01: is it one?"""
    texts = cells(path, only=str(column.name))[column.name].str.strip()
    spelled = texts.groupby(column.to_numpy()).unique()
    for number, ways in spelled[spelled.str.len() > 1].items():
        first, second, *_ = sorted(ways)
        raise DataFileError(
            path,
            f"column {column.name!r} has class {number} as {first!r} and as {second!r}; expected one of them",
        )


def first_line(error: Exception | Warning) -> str:
    """Returns the first line of what pandas or pyarrow says."""
    return str(error).strip().partition("\n")[0]


TABLE = Source(
    name="table",
    summary="your own numbers in a CSV or Parquet file, with a column of classes",
    read=read_table,
    locate=locate_own,
    needs_path=True,
    takes_label=True,
)
SOURCES: dict[str, Source] = {**NETS_SOURCES, TABLE.name: TABLE, own_data.SOURCE.name: own_data.SOURCE}
