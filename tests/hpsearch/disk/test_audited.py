"""audit.json: read back as it was written, and one line that names a damaged one."""

import json

import pytest

from hpsearch.disk.audited import Audited
from hpsearch.errors import FolderError

FACTS = {
    "n_trials": 16, "n_pruned": 9, "n_audited": 3, "n_better": 1, "fewest": 1, "most": 7, "regret": 0.004,
    "interval": [-0.002, 0.01],
}  # fmt: skip


@pytest.mark.parametrize("interval", [(-0.002, 0.01), ()])
def test_an_audit_is_read_back_as_it_was_written(tmp_path, interval):
    file = tmp_path / "audit.json"
    assert Audited.read(file) is None
    audited = Audited(**{**FACTS, "interval": interval})
    audited.write(file)
    assert json.loads(file.read_text()) == {**FACTS, "interval": list(interval)}
    assert Audited.read(file) == audited


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"n_pruned": "9"}, "n_pruned: expected an integer, but got '9'"),
        ({"regret": None}, "regret: expected a finite number, but got None"),
        ({"interval": 3}, "interval: expected a list, but got 3"),
        ({"interval": [0.1, "x"]}, "high: expected a finite number, but got 'x'"),
        ({"interval": [0.1]}, "interval: expected two numbers or none, but got [0.1]"),
    ],
)
def test_a_file_of_something_else_is_named(tmp_path, changed, what):
    file = tmp_path / "audit.json"
    file.write_text(json.dumps({**FACTS, **changed}))
    with pytest.raises(FolderError) as caught:
        Audited.read(file)
    assert str(caught.value) == f"{file}: damaged ({what}); remove it, or run hpsearch audit-pruning again"
