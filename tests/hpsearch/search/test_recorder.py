"""Outcomes come in any order and are recorded in trial order; the weights of the best few stay."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter, read_records
from hpsearch.disk.trialfolder import Checkpoint
from hpsearch.errors import FolderError, NetError
from hpsearch.records import Epoch, History, Proposal, TrialOutcome, digest
from hpsearch.search.recorder import FIRST_FAILURES, KEPT_WEIGHTS, Recorder, forget_failed
from hpsearch.study.studyfile import from_table

N_VAL = 40
PROPOSAL = Proposal({"reg": 0.5}, {})
NAN = float("nan")


@pytest.fixture
def folder(tmp_path):
    folder = StudyFolder(tmp_path / "mine")
    folder.path.mkdir()
    return folder


def open_recorder(folder, n_trials=100, **sections):
    table = {
        "net": {"hidden_dims": [4]},
        "training": {"epochs": 3},
        "space": {"reg": {"low": 0.0, "high": 1.0}},
        **sections,
    }
    return Recorder(folder, from_table(table, "mine", "mine.toml"), n_trials, N_VAL)


def ended(number, value=0.5, state="complete", place=None):
    curve = () if value is None else (Epoch(value, 0.5, 1.0),)
    if state == "diverged":
        curve = (*curve, Epoch(NAN, NAN, NAN))
    error = None if place is None else {"place": place, "traceback": f"Traceback of {number}"}
    reason = "" if place is None else "ValueError: no"
    return TrialOutcome(number, state, curve, reason=reason, error=error, started=1.0, finished=2.0)


def numbers(folder):
    return [record.number for record in read_records(folder.journal)]


def test_outcomes_are_recorded_in_trial_order_as_soon_as_none_is_missing(folder):
    recorder = open_recorder(folder)
    expected = {2: [], 1: [], 4: [], 0: [0, 1, 2], 3: [0, 1, 2, 3, 4]}
    for number, recorded in expected.items():
        recorder.take(PROPOSAL, ended(number))
        recorder.record()
        assert numbers(folder) == recorded == [record.number for record in recorder.records]
    assert recorder.n_in_a_row == 5


def test_what_waits_is_on_disk_and_what_is_recorded_survives_a_new_recorder(folder):
    recorder = open_recorder(folder)
    for number in (0, 1, 3):
        recorder.take(PROPOSAL, ended(number))
    recorder.record()
    assert folder.trial(3).read_outcome(PROPOSAL.params) == ended(3)
    again = open_recorder(folder)
    assert [record.number for record in again.records] == [0, 1]
    again.take(PROPOSAL, ended(2))
    again.take(PROPOSAL, folder.trial(3).read_outcome(PROPOSAL.params))
    again.record()
    assert numbers(folder) == [0, 1, 2, 3]


@settings(max_examples=20)
@given(st.permutations(range(8)), st.integers(1, 8))
def test_the_record_does_not_depend_on_who_finished_first(tmp_path_factory, order, n_at_once):
    outcomes = [ended(i, i / 10, ("complete", "pruned", "diverged", "failed")[i % 4]) for i in range(8)]
    folder = StudyFolder(tmp_path_factory.mktemp("recorder"))
    recorder = open_recorder(folder)
    for i, number in enumerate(order):
        recorder.take(PROPOSAL, outcomes[number])
        if i % n_at_once == 0:
            recorder.record()
    recorder.record()
    expected = [recorder.finished[i] for i in range(8)]
    assert digest(read_records(folder.journal)) == digest(expected)


def test_no_more_trials_are_recorded_than_wanted_and_later_ones_wait(folder):
    recorder = open_recorder(folder, n_trials=2)
    for number in range(4):
        recorder.take(PROPOSAL, ended(number))
    recorder.record()
    assert numbers(folder) == [0, 1]
    assert recorder.n_in_a_row == 4


def test_no_more_trials_are_recorded_once_a_rule_has_ended_the_search(folder):
    for reason in ("", "value = 0.7: the best trial has 0.8"):
        recorder = open_recorder(folder, stop={"value": 0.7})
        assert recorder.ended_by == reason
        for number, value in enumerate([0.5, 0.8, 0.6]):
            recorder.take(PROPOSAL, ended(number, value))
        recorder.record()
        assert numbers(folder) == [0, 1]
    goes_on = open_recorder(folder, stop={"value": 0.9})
    goes_on.take(PROPOSAL, ended(2, 0.6))
    goes_on.record()
    assert (numbers(folder), goes_on.ended_by) == ([0, 1, 2], "")


def test_a_recorded_trial_needs_no_checkpoint_any_more(folder):
    recorder = open_recorder(folder)
    folder.trial(0).write_checkpoint(Checkpoint(PROPOSAL.params, (), ended(0).cost, {}))
    folder.trial(1).write_checkpoint(Checkpoint(PROPOSAL.params, (), ended(1).cost, {}))
    recorder.take(PROPOSAL, ended(0))
    recorder.record()
    assert [(folder.trial(i).path / "checkpoint").exists() for i in (0, 1)] == [False, True]


def test_a_journal_that_cannot_be_written_loses_nothing(folder, monkeypatch):
    recorder = open_recorder(folder)
    for number in range(2):
        recorder.take(PROPOSAL, ended(number))

    def full(self, record):
        raise FolderError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(RecordWriter, "append", full)
        with pytest.raises(FolderError):
            recorder.record()
    assert recorder.records == []
    recorder.record()
    assert numbers(folder) == [0, 1]


COMPLETE = [(0.1, "complete"), (0.2, "complete"), (0.3, "complete"), (0.4, "complete")]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), st.sampled_from(["complete", "pruned"])), max_size=9
    )
)
@example(COMPLETE)
@example(COMPLETE[::-1])
@example(COMPLETE[:1] * 5)
def test_the_weights_of_the_best_trials_stay_and_no_others(tmp_path_factory, trials):
    folder = StudyFolder(tmp_path_factory.mktemp("weights"))
    recorder = open_recorder(folder)
    for number, (value, state) in enumerate(trials):
        known = max(0, number - 2)
        mark = recorder.worst_kept_value(known)
        if state == "complete" and value > mark:  # as a worker decides, that knows fewer trials
            folder.trial(number).write_weights({})
        recorder.take(PROPOSAL, ended(number, value, state))
        recorder.record()
    ranked = sorted((-value, i) for i, (value, state) in enumerate(trials) if state == "complete")
    kept = [i for i in range(len(trials)) if folder.trial(i).weights.exists()]
    assert kept == sorted(i for _, i in ranked[:KEPT_WEIGHTS])


def test_every_trial_keeps_its_weights_while_few_are_known(folder):
    recorder = open_recorder(folder)
    for number, value in enumerate([0.3, 0.5, 0.2, 0.4]):
        recorder.take(PROPOSAL, ended(number, value))
    marks = [recorder.worst_kept_value(n) for n in range(5)]
    assert marks == [-np.inf, -np.inf, -np.inf, 0.2, 0.3]


def test_history_is_that_of_the_first_trials_whatever_is_done(folder):
    recorder = open_recorder(folder)
    outcomes = [ended(0, 0.1), ended(1, 0.2, "pruned"), ended(2, 0.3, "diverged"), ended(3, 0.4)]
    for outcome in (outcomes[3], outcomes[1], outcomes[0], outcomes[2]):
        recorder.take(PROPOSAL, outcome)
    recorder.record()
    for n, reader in itertools.product([4, 0, 2, 3, 1], [recorder, open_recorder(folder)]):
        found, expected = reader.history(n, n), History.of(outcomes[:n], 3)
        for epoch in (1, 2, 3):
            np.testing.assert_array_equal(found.at(epoch), expected.at(epoch))
        np.testing.assert_array_equal(found.complete, expected.complete)


def fail(recorder, places):
    for number, place in enumerate(places):
        state = "complete" if place is None else "failed"
        recorder.take(PROPOSAL, ended(number, 0.5, state, place))
        recorder.record()


def test_first_failures_alike_stop_the_search_and_stay_out_of_the_record(folder):
    recorder = open_recorder(folder)
    fail(recorder, ["here"] * (FIRST_FAILURES - 1))
    assert numbers(folder) == []
    recorder.take(PROPOSAL, ended(FIRST_FAILURES - 1, None, "failed", "here"))
    with pytest.raises(NetError) as caught:
        recorder.record()
    error_file = folder.trial(0).path / "error.txt"
    message = f"the first 5 trials failed alike: ValueError: no [here]; the traceback is in {error_file}"
    assert str(caught.value) == message
    assert error_file.read_text() == "Traceback of 0"
    assert numbers(folder) == []
    assert [folder.trial(i).read_outcome(PROPOSAL.params) for i in range(FIRST_FAILURES)] == [None] * 5


def test_what_ran_ahead_of_first_failures_is_forgotten_with_them(folder):
    recorder = open_recorder(folder)
    for number in range(FIRST_FAILURES + 3):
        folder.trial(number).write_task(PROPOSAL, seed=0)
    for number in reversed(range(FIRST_FAILURES + 2)):
        recorder.take(PROPOSAL, ended(number, None, "failed", "here"))
    with pytest.raises(NetError):
        recorder.record()
    left = {path.name for path in folder.trials.glob("*/*")}
    assert left == {"error.txt"}


def test_failed_trials_are_forgotten_whether_recorded_or_waiting(folder):
    recorder = open_recorder(folder)
    for number in range(7):
        folder.trial(number).write_task(PROPOSAL, seed=0)
    for number, place in enumerate([None, "here", None, "there"]):
        recorder.take(PROPOSAL, ended(number, 0.5, "failed" if place else "complete", place))
    recorder.take(PROPOSAL, ended(5, None, "failed", "here"))
    recorder.take(PROPOSAL, ended(6))
    recorder.record()
    assert numbers(folder) == [0, 1, 2, 3]
    forget_failed(folder, seed=0)
    assert numbers(folder) == [0]
    there = [number for number in range(7) if folder.trial(number).read_outcome(PROPOSAL.params)]
    assert there == [0, 2, 6]


def test_fewer_wanted_trials_than_that_stop_the_search_too(folder):
    recorder = open_recorder(folder, n_trials=2)
    with pytest.raises(NetError, match="the first 2 trials failed alike"):
        fail(recorder, ["here", "here"])


def test_a_lone_trial_that_failed_is_called_the_only_one(folder):
    with pytest.raises(NetError, match=r"^the only trial failed: ValueError: no \[here\]; the"):
        fail(open_recorder(folder, n_trials=1), ["here"])


@pytest.mark.parametrize(
    "places",
    [
        ["here", "here", "there"],
        ["here", "here", "here", "here", None],
        [None, "here", "here", "here", "here", "here", "here"],
    ],
)
def test_other_failures_are_recorded(folder, places):
    fail(open_recorder(folder), places)
    assert numbers(folder) == list(range(len(places)))


def test_first_trials_that_were_ended_from_outside_are_recorded(folder):
    recorder = open_recorder(folder)
    for number in range(6):
        recorder.take(PROPOSAL, ended(number, None, "failed"))
        recorder.record()
    assert numbers(folder) == list(range(6))
