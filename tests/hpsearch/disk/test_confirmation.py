"""confirm.json: the same bytes as ever, and one line that names a damaged one."""

import json

import pytest

from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.errors import FolderError

FINALIST = {"number": 3, "searched": 0.99, "mean": 0.96, "low": 0.95, "high": 0.97, "luck": 0.03}


def test_the_file_is_written_as_version_0_1_wrote_it_and_read_back(tmp_path):
    file = tmp_path / "confirm.json"
    assert Confirmation.read(file) is None
    found = Confirmation(2, (Finalist(**FINALIST), Finalist(**{**FINALIST, "number": 4, "mean": 0.98})))
    found.write(file)
    second = {**FINALIST, "number": 4, "mean": 0.98}
    assert file.read_text() == json.dumps({"n_seeds": 2, "finalists": [FINALIST, second]}, indent=1) + "\n"
    assert Confirmation.read(file) == found
    assert found.best_mean == 0.98


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([{"a": 1}], "number: missing"),
        ([], "finalists: expected at least one"),
        (3, "finalists: expected a list, but got 3"),
        ([{**FINALIST, "mean": "high"}], "mean: expected a finite number, but got 'high'"),
        ([{**FINALIST, "luck": None}], "luck: expected a finite number, but got None"),
        ([FINALIST, {"number": 4}], "searched: missing"),
        ([{**FINALIST, "high": float("nan")}], "high: expected a finite number, but got nan"),
    ],
)
def test_a_file_of_other_things_than_finalists_is_named(tmp_path, rows, what):
    file = tmp_path / "confirm.json"
    file.write_text(json.dumps({"finalists": rows, "n_seeds": 2}))
    with pytest.raises(FolderError) as caught:
        Confirmation.read(file)
    assert str(caught.value) == f"{file}: damaged ({what}); remove it, or run hpsearch confirm again"
