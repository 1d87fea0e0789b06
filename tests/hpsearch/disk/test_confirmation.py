"""confirm.json: what was written comes back, also from version 0.1, and one line names a damaged one."""

import json

import pytest

from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.errors import FolderError

FINALIST = {"number": 3, "searched": 0.99, "mean": 0.96, "low": 0.95, "high": 0.97, "luck": 0.03}
RUNNER = {**FINALIST, "n_seeds": 4, "standing": "unbeaten", "work": 7, "diverged_on": 0}
RUNNER |= {"ahead": 0.01, "ahead_low": -0.01, "ahead_high": 0.02}
RACE = {
    "winner": 3,
    "cheapest": 3,
    "accuracy": 0.97,
    "low": 0.96,
    "high": 0.98,
    "images": "estimate",
    "n_images": 300,
    "n_epochs": 60,
    "ended_by": "seeds",
    "n_trials": 40,
}


def test_a_race_is_written_and_read_back(tmp_path):
    file = tmp_path / "confirm.json"
    assert Confirmation.read(file) is None
    finalists = (
        Finalist(**RUNNER, unlearned=1),
        Finalist(**{**RUNNER, "number": 4, "mean": 0.98, "standing": "beaten"}),
    )
    found = Confirmation(5, finalists, **RACE, top=2, max_epochs=90, environment={"numpy": "9.1"})
    found.write(file)
    assert Confirmation.read(file) == found
    assert found.taken == finalists[0]


def test_a_file_of_before_does_not_tell_on_how_many_seeds_a_finalist_did_not_learn(tmp_path):
    file = tmp_path / "confirm.json"
    file.write_text(json.dumps({"n_seeds": 5, "finalists": [RUNNER], **RACE}))
    assert Confirmation.read(file) == Confirmation(5, (Finalist(**RUNNER),), **RACE)


def test_a_file_of_version_0_1_is_read_and_names_no_winner(tmp_path):
    file = tmp_path / "confirm.json"
    file.write_text(json.dumps({"n_seeds": 2, "finalists": [FINALIST]}, indent=1))
    found = Confirmation.read(file)
    assert found == Confirmation(2, (Finalist(**FINALIST, n_seeds=2),))
    assert (found.winner, found.taken) == (None, None)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"finalists": [{"a": 1}]}, "number: missing"),
        ({"finalists": []}, "finalists: expected at least one"),
        ({"finalists": 3}, "finalists: expected a list, but got 3"),
        ({"finalists": [{**RUNNER, "mean": "high"}]}, "mean: expected a finite number, but got 'high'"),
        ({"finalists": [{**RUNNER, "luck": None}]}, "luck: expected a finite number, but got None"),
        ({"finalists": [{**RUNNER, "standing": "\ud800"}]}, r"standing: expected a text, but got '\ud800'"),
        ({"images": "\ud800"}, r"images: expected a text, but got '\ud800'"),
        ({"finalists": [RUNNER, {"number": 4}]}, "searched: missing"),
        ({"finalists": [FINALIST]}, "n_seeds: missing"),
        ({"finalists": [{**RUNNER, "unlearned": "1"}]}, "unlearned: expected an integer, but got '1'"),
        ({"finalists": [{**RUNNER, "high": float("nan")}]}, "high: expected a finite number, but got nan"),
        ({"winner": 5}, "winner: expected the number of a finalist, but got 5"),
        ({"cheapest": 5}, "cheapest: expected the number of a finalist, but got 5"),
        ({"winner": None}, "winner: expected an integer, but got None"),
    ],
)
def test_a_file_of_other_things_than_finalists_is_named(tmp_path, changes, what):
    file = tmp_path / "confirm.json"
    file.write_text(json.dumps({"n_seeds": 5, "finalists": [RUNNER], **RACE, **changes}))
    with pytest.raises(FolderError) as caught:
        Confirmation.read(file)
    assert str(caught.value) == f"{file}: damaged ({what}); remove it, or run hpsearch confirm again"
