"""The ledger of looks at a test split: lines that stay, and one that says which is damaged."""

import json
import threading
from dataclasses import asdict, replace

import pytest

from hpsearch.disk.ledger import Look, append_look, read_looks
from hpsearch.errors import FolderError
from nets import locks

LOOK = Look(
    "2026-01-05T10:00:00+00:00", "mine", "i", "s", 3, {"reg": 0.1}, 2, 0.5, 0.4, 0.6, [0.4, 0.6], 500, ""
)


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "test-ledger.jsonl"


def test_each_look_is_a_line_and_comes_back(ledger):
    assert read_looks(ledger) == []
    looks = [LOOK, replace(LOOK, reason="the figure was lost", accuracy=1, members=(3, 0))]
    for look in looks:
        append_look(ledger, look)
    assert ledger.read_text() == "".join(f"{json.dumps(asdict(look))}\n" for look in looks)
    assert read_looks(ledger) == looks


def test_of_two_studies_that_look_at_once_one_waits_for_the_other(ledger):
    append_look(ledger, LOOK)
    whole = ledger.read_text()
    ledger.write_text(whole[:-1])  # a killed one's, which both would mend
    second = threading.Thread(target=append_look, args=(ledger, LOOK))
    with ledger.open("ab") as file:
        locks.lock(file)
        second.start()
        second.join(0.3)
        assert second.is_alive()
        ledger.write_text(whole + whole)
    second.join()
    assert ledger.read_text() == whole * 3


def test_a_look_that_lost_its_newline_counts_and_one_that_is_torn_does_not(ledger):
    append_look(ledger, LOOK)
    append_look(ledger, LOOK)
    whole = ledger.read_text()
    ledger.write_text(whole[:-1])
    assert read_looks(ledger) == [LOOK, LOOK]
    ledger.write_text(whole[:-20])
    assert read_looks(ledger) == [LOOK]
    append_look(ledger, LOOK)
    assert ledger.read_text() == whole


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "Expecting property name"),
        ("[]", "expected a JSON object"),
        (json.dumps({**asdict(LOOK), "low": "0.4"}), "low: expected a finite number, but got '0.4'"),
        (json.dumps({**asdict(LOOK), "time": "\ud800"}), r"time: expected a text, but got '\\ud800'"),
        (json.dumps({"study": "mine", "split": "s"}), "time: missing"),
    ],
)
def test_a_damaged_line_is_named_with_its_number(ledger, line, what):
    ledger.write_text(f"{json.dumps(asdict(LOOK))}\n{line}\n")
    with pytest.raises(FolderError, match=rf"^{ledger}: line 2 is damaged: {what}"):
        read_looks(ledger)


def test_a_line_of_before_is_a_look_of_one_trial(ledger):
    values = asdict(LOOK)
    del values["members"]
    ledger.write_text(json.dumps(values) + "\n")
    assert read_looks(ledger) == [LOOK]
    assert LOOK.members == ()
