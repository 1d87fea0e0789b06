"""What a net got right on a fresh seed is read as it was written, and a damaged line is named."""

import json

import numpy as np
import pytest

from hpsearch.disk.fresh_results import FreshResults, SeedResult
from hpsearch.errors import FolderError

RIGHT, ASIDE = np.arange(11) % 3 > 0, np.arange(5) % 2 > 0


def test_results_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "fresh-seeds.jsonl"
    written = {
        "one": SeedResult(RIGHT, ASIDE, 4, 120, diverged=False),
        "two": SeedResult(~RIGHT, ASIDE[:0], 1, 0, diverged=True),
    }
    for name, result in written.items():
        FreshResults(path).add(name, result)
    found = FreshResults(path)
    assert found.find("three") is None
    for name, result in written.items():
        read = found.find(name)
        np.testing.assert_array_equal(read.right, result.right)
        np.testing.assert_array_equal(read.aside, result.aside)
        assert read[2:] == result[2:]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("right", "AAAA", "hits: expected those of 11 images, but got 3 bytes"),
        ("right", "?", "hits: expected base64"),
        ("work", "120", "work: expected an integer, but got '120'"),
    ],
)
def test_a_damaged_line_says_what_to_do(tmp_path, key, value, says):
    path = tmp_path / "fresh-seeds.jsonl"
    FreshResults(path).add("one", SeedResult(RIGHT, ASIDE, 4, 120, diverged=False))
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}) + "\n")
    with pytest.raises(FolderError, match=r"remove it, and its nets are trained again$") as error:
        FreshResults(path)
    assert says in str(error.value)
