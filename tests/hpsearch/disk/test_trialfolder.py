"""What a trial leaves on disk: whole and its own, or as good as absent."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.disk.trialfolder import Checkpoint, TrialFolder
from hpsearch.errors import FolderError
from hpsearch.records import Cost, Epoch, Proposal, TrialOutcome
from nets.training.state import load_state

NAN = math.nan
PARAMS = {"learning_rate": 0.1 + 0.2, "rule": "adam", "width": 7, "flag": True}
OUTCOME = TrialOutcome(
    3,
    "diverged",
    (Epoch(0.1 + 0.2, 0.5, 1e-300), Epoch(NAN, NAN, math.inf)),
    "caf\u00e9 \ud83d",
    Cost(2, 96, 0.1, 0.3),
    worker="host:1",
    started=1.1,
    finished=2.2,
)


@pytest.fixture
def folder(tmp_path):
    return TrialFolder(tmp_path / "trials" / "00003")


@pytest.fixture
def checkpoint():
    state = {
        "w": np.random.default_rng(0).standard_normal((3, 2)).astype(np.float32),
        "nan": np.array([NAN, -0.0]),
        "rng": np.random.default_rng(1).bit_generator.state,
        "nothing": None,
        "deep": {"a/b": {"~": [1, 2.5, "x"]}},
    }
    return Checkpoint(PARAMS, (Epoch(0.5, 0.4, 1.0), Epoch(0.6, 0.5, 0.9)), Cost(2, 96, 0.25, 0.5), state)


def assert_same(found, expected):
    assert (found.params, found.curve, found.cost) == (expected.params, expected.curve, expected.cost)
    assert set(found.state) == set(expected.state)
    for name, value in expected.state.items():
        if isinstance(value, np.ndarray):
            assert found.state[name].dtype == value.dtype
            assert found.state[name].tobytes() == value.tobytes()
        else:
            assert found.state[name] == value


def test_nothing_is_there_at_first_and_reading_makes_nothing(folder):
    assert folder.read_task() is None
    assert folder.read_outcome(PARAMS) is None
    assert folder.read_checkpoint(PARAMS) is None
    assert folder.checkpoint_epoch() == 0
    folder.forget_checkpoint()
    folder.forget_outcome()
    assert not folder.path.parent.exists()


def test_a_task_comes_back_in_the_order_of_the_space(folder):
    proposal = Proposal(
        {"z": 0.1 + 0.2, "a": 3, "m": "x", "f": False}, {"tpe:x": '{"z": 1}', "tpe:y": [1, 2]}
    )
    folder.write_task(proposal, 5)
    found = folder.read_task()
    assert found == proposal
    assert list(found.params) == list(proposal.params)
    assert json.loads((folder.path / "task.json").read_text())["seed"] == 5


@pytest.mark.parametrize(
    "outcome", [OUTCOME, replace(OUTCOME, error={"place": "p", "traceback": "t\u00e9"}, curve=())]
)
def test_an_outcome_comes_back_bit_for_bit(folder, outcome):
    folder.write_outcome(PARAMS, outcome)
    assert repr(folder.read_outcome(dict(PARAMS))) == repr(outcome)


def test_an_outcome_of_other_parameters_is_none(folder):
    folder.write_outcome(PARAMS, OUTCOME)
    for other in ({**PARAMS, "learning_rate": 0.3}, {}, {**PARAMS, "more": 1}):
        assert folder.read_outcome(other) is None


@pytest.mark.parametrize("name", ["task.json", "outcome.json"])
def test_a_file_torn_at_any_byte_is_as_good_as_absent(folder, name):
    folder.write_task(Proposal(PARAMS, {}), 0)
    folder.write_outcome(PARAMS, OUTCOME)
    path = folder.path / name
    whole = path.read_bytes()
    for end in range(len(whole) - 2):
        path.write_bytes(whole[:end])
        assert (folder.read_task() if name == "task.json" else folder.read_outcome(PARAMS)) is None


@pytest.mark.parametrize(
    "content", [b"[]", b"3", b"null", b'"text"', b"{}", b"\xff", b"\0" * 9, b'{"params": 3}']
)
def test_a_file_that_says_something_else_is_as_good_as_absent(folder, content):
    folder.path.mkdir(parents=True)
    for name in ("task.json", "outcome.json"):
        (folder.path / name).write_bytes(content)
    assert folder.read_task() is None
    assert folder.read_outcome(PARAMS) is None


def test_the_traceback_of_a_failed_trial_is_there_for_people(folder):
    folder.write_outcome(
        PARAMS, replace(OUTCOME, error={"place": "p", "traceback": "Traceback\u00e9 \ud800 \udcff"})
    )
    assert "Traceback\u00e9" in (folder.path / "error.txt").read_text("utf-8", errors="replace")


def test_a_checkpoint_comes_back_bit_for_bit(folder, checkpoint):
    folder.write_checkpoint(checkpoint)
    assert_same(folder.read_checkpoint(dict(PARAMS)), checkpoint)
    assert folder.checkpoint_epoch() == 2


def test_a_later_checkpoint_takes_the_place_of_the_one_before(folder, checkpoint):
    folder.write_checkpoint(replace(checkpoint, curve=checkpoint.curve[:1]))
    folder.write_checkpoint(checkpoint)
    assert folder.checkpoint_epoch() == 2
    assert [one.name for one in folder.path.iterdir()] == ["checkpoint"]


def test_a_checkpoint_torn_at_any_byte_is_ignored(folder, checkpoint):
    folder.write_checkpoint(checkpoint)
    path = folder.path / "checkpoint"
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert folder.read_checkpoint(PARAMS) is None
    assert folder.checkpoint_epoch() == 0


def test_a_checkpoint_with_any_bit_flipped_is_ignored(folder, checkpoint):
    folder.write_checkpoint(checkpoint)
    path = folder.path / "checkpoint"
    whole = bytearray(path.read_bytes())
    for i in range(len(whole)):
        whole[i] ^= 1 << i % 8
        path.write_bytes(whole)
        assert folder.read_checkpoint(PARAMS) is None, f"byte {i}"
        whole[i] ^= 1 << i % 8
    path.write_bytes(whole)
    assert_same(folder.read_checkpoint(PARAMS), checkpoint)


def test_a_checkpoint_with_something_after_its_end_is_ignored(folder, checkpoint):
    folder.write_checkpoint(checkpoint)
    with (folder.path / "checkpoint").open("ab") as file:
        file.write(b"\0")
    assert folder.read_checkpoint(PARAMS) is None


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_any_other_bytes_are_no_checkpoint(tmp_path_factory, content):
    folder = TrialFolder(tmp_path_factory.getbasetemp() / "any")
    folder.path.mkdir(exist_ok=True)
    (folder.path / "checkpoint").write_bytes(content)
    assert folder.read_checkpoint(PARAMS) is None
    assert folder.checkpoint_epoch() == 0


def test_a_checkpoint_of_other_parameters_is_ignored(folder, checkpoint):
    folder.write_checkpoint(checkpoint)
    assert folder.read_checkpoint({**PARAMS, "width": 8}) is None


def test_forgetting_a_checkpoint_keeps_the_rest(folder, checkpoint):
    folder.write_task(Proposal(PARAMS, {}), 0)
    folder.write_outcome(PARAMS, OUTCOME)
    folder.write_checkpoint(checkpoint)
    folder.forget_checkpoint()
    assert sorted(one.name for one in folder.path.iterdir()) == ["outcome.json", "task.json"]


def test_forgetting_an_outcome_lets_the_trial_begin_anew_and_keeps_its_traceback(folder, checkpoint):
    folder.write_task(Proposal(PARAMS, {}), 0)
    folder.write_outcome(PARAMS, replace(OUTCOME, error={"place": "p", "traceback": "t"}))
    folder.write_checkpoint(checkpoint)
    folder.forget_outcome()
    assert sorted(one.name for one in folder.path.iterdir()) == ["error.txt", "task.json"]


def test_weights_come_back_bit_for_bit(folder, checkpoint):
    folder.write_weights({"params": {"W1": checkpoint.state["w"]}, "statistics": {}})
    found = load_state(folder.weights)
    assert found["params"]["W1"].tobytes() == checkpoint.state["w"].tobytes()
    assert found["statistics"] == {}


def test_what_a_killed_worker_left_half_written_can_be_cleared(folder, checkpoint):
    folder.remove_leftovers()
    folder.write_checkpoint(checkpoint)
    (folder.path / ".checkpoint.99999.tmp").write_bytes(b"half")
    folder.remove_leftovers()
    assert [one.name for one in folder.path.iterdir()] == ["checkpoint"]


def write_all(folder, checkpoint):
    return [
        lambda: folder.write_task(Proposal(PARAMS, {}), 0),
        lambda: folder.write_outcome(PARAMS, OUTCOME),
        lambda: folder.write_checkpoint(checkpoint),
        lambda: folder.write_weights(checkpoint.state),
    ]


def test_a_folder_that_cannot_be_made_is_named(folder, checkpoint):
    folder.path.parent.write_text("a file")
    for write in write_all(folder, checkpoint):
        with pytest.raises(FolderError, match=f"{folder.path}: cannot be made"):
            write()


def test_reading_from_what_is_no_folder_is_an_error_of_the_folder(folder):
    folder.path.parent.write_text("a file")
    for read in (
        folder.read_task,
        lambda: folder.read_outcome(PARAMS),
        lambda: folder.read_checkpoint(PARAMS),
    ):
        with pytest.raises(FolderError, match=f"{folder.path}"):
            read()


def test_a_folder_in_place_of_a_file_is_named(folder, checkpoint):
    for name in ("task.json", "outcome.json", "checkpoint", "weights.npz"):
        (folder.path / name).mkdir(parents=True)
    for write in write_all(folder, checkpoint):
        with pytest.raises(FolderError, match="cannot be written"):
            write()
