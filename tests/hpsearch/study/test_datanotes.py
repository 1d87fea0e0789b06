"""What the numbers of a study do not show of its data is said before it is searched."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpsearch.study.datanotes import data_notes
from hpsearch.study.table_source import SOURCES
from nets.data import TrainVal, check_settings, open_train_val, prepare

N_ROWS = 120
SORTED = np.arange(N_ROWS) // 40  # three classes
MIXED = np.arange(N_ROWS) % 3


def prepared(tmp_path: Path, columns: dict[str, object], **settings: object) -> TrainVal:
    """Returns the splits of a table."""
    pd.DataFrame(columns).to_csv(tmp_path / "data.csv", index=False)
    table = {"source": "table", "path": str(tmp_path / "data.csv"), **settings}
    return open_train_val(prepare(check_settings(table, SOURCES), SOURCES).train_val)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=N_ROWS)


@pytest.mark.parametrize(
    "numbers", [np.arange(N_ROWS), np.arange(1.0, N_ROWS + 1), 1000 + 7 * np.arange(N_ROWS)]
)
def test_a_feature_that_numbers_the_rows_is_named(tmp_path: Path, numbers: np.ndarray) -> None:
    (note,) = data_notes("table", prepared(tmp_path, {"x": noise(0), "Id": numbers, "label": SORTED}))
    assert note.startswith("feature 2 of 2 (")
    assert (
        "grows from row to row: if it numbers the rows, leave it out; the rows are ordered by class" in note
    )


def test_that_it_tells_the_class_is_said_only_where_it_does(tmp_path: Path) -> None:
    (note,) = data_notes("table", prepared(tmp_path, {"Id": range(N_ROWS), "label": MIXED}))
    assert note.endswith("if it numbers the rows, leave it out")


@pytest.mark.parametrize(
    "column",
    [
        np.sort(noise(1)),  # the file is ordered by a measure
        np.arange(N_ROWS) // 2,  # a measure in whole numbers
        np.arange(N_ROWS)[::-1],
        np.random.default_rng(2).permutation(N_ROWS),
    ],
)
def test_other_features_are_not_taken_for_row_numbers(tmp_path: Path, column: np.ndarray) -> None:
    assert data_notes("table", prepared(tmp_path, {"x": column, "label": SORTED})) == []


def test_few_rows_that_grow_by_chance_are_not_named(tmp_path: Path) -> None:
    data = prepared(tmp_path, {"x": [1, 2, 5, 7, 9], "label": [0, 1, 0, 1, 0]}, num_val=2, num_test=0)
    assert data_notes("table", data) == []


def test_classes_without_a_validation_example_are_named(tmp_path: Path) -> None:
    columns = {"x": noise(0), "label": [*"ab" * 58, *"ccdd"]}
    notes = data_notes("table", prepared(tmp_path, columns, num_val=20))
    assert notes == [
        "classes c and d have no validation example: no validation accuracy says how well they are told apart"
    ]
    assert data_notes("table", prepared(tmp_path, {"x": noise(0), "label": MIXED}, num_val=20)) == []


def test_of_many_such_classes_a_few_are_named(tmp_path: Path) -> None:
    columns = {"x": noise(0), "label": np.arange(N_ROWS) // 3}
    (note,) = data_notes("table", prepared(tmp_path, columns, num_val=20))
    assert note.startswith("classes 4, 5, 6, 7, 8 and 15 others have no validation example")


def test_examples_without_content_are_not_judged() -> None:
    settings = check_settings({"source": "own", "num_val": 1}, SOURCES)
    assert data_notes("own", open_train_val(prepare(settings, SOURCES).train_val)) == []
