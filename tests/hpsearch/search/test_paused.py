"""Trials that pause and go on as later ones: such a search is a pure function of its file too."""

import re
import shutil
from collections import Counter

import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks import confirm
from hpsearch.checks.replay import replay
from hpsearch.checks.rounds import Race
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter, read_records
from hpsearch.disk.notes import Notes
from hpsearch.errors import FolderError
from hpsearch.records import (
    CONTINUED,
    CONTINUES,
    Epoch,
    TrialOutcome,
    TrialRecord,
    add_to_counts,
    canonical_dump,
    settled,
    state_counts,
)
from hpsearch.report import searchgallery
from hpsearch.results.advice import YOUNG, advice
from hpsearch.results.frames import read_study
from hpsearch.results.luck import corrected_winner_in
from hpsearch.search.recorder import KEPT_PAUSED, Recorder
from hpsearch.study.studyfile import load

STUDY = """
[study]
seed = 5
trials = 36
lookahead = 3
[data]
num_val = 200
[training]
epochs = 6
batch_size = 50
num_train_samples = 50
[space]
learning_rate = { low = 1e-3, high = 1.0, log = true }
hidden_dims = { choices = [[8], [16]] }
update_rule = { choices = ["sgd_momentum", "adam"] }
[sampler]
name = "SAMPLER"
[pruner]
name = "asha"
reduction_factor = 2
"""
SHORT = STUDY.replace("SAMPLER", "random").replace("epochs = 6", "epochs = 2")
QUESTION = """
[question]
compare = "update_rule"
"""
STUDIES = {
    "tpe": STUDY.replace('"SAMPLER"', '"tpe"\nstartup_trials = 4'),
    "qmc": STUDY.replace("SAMPLER", "qmc"),
    "question": STUDY.replace("SAMPLER", "random") + QUESTION,
}


def write(folder, name):
    """Writes a study file."""
    study = folder / "small.toml"
    study.write_text(STUDIES[name])
    return study


def search(folder, name, out, jobs=0, n_trials=None):
    """Searches with so many processes, or in this one; returns the record."""
    study = write(folder, name)
    with OneThread() as executor:
        executor = "loky" if jobs else executor
        hpsearch.run(study, trials=n_trials, jobs=jobs or 1, executor=executor, out=folder / out)
    return read_records(folder / out / "small" / "journal.log")


@pytest.fixture(scope="module", params=STUDIES)
def whole(request, tmp_path_factory):
    """The name of a study, its folder and its record."""
    out = tmp_path_factory.mktemp("whole")
    return request.param, out / "out" / "small", search(out, request.param, "out")


def test_a_trial_that_goes_on_has_the_parameters_and_the_epochs_of_the_paused_one(whole):
    _, _, records = whole
    going_on = [record for record in records if record.continues is not None]
    assert len(going_on) >= 10
    assert len({record.continues for record in going_on}) == len(going_on)
    for record in going_on:
        paused = records[record.continues]
        n_before = len(paused.outcome.curve)
        assert paused.state == "pruned"
        assert record.params == paused.params
        assert record.outcome.curve[:n_before] == paused.outcome.curve
        assert record.outcome.cost.epochs == len(record.outcome.curve) - n_before > 0
    lengths = {len(record.outcome.curve) for record in records if record.state == "pruned"}
    assert lengths == {1, 2, 4}
    assert any(record.state == "complete" and record.continues is not None for record in records)


def test_a_running_search_counts_those_that_went_on_as_its_end_does(whole):
    _, folder, records = whole
    whole_study = load(folder / "study.toml")
    recorder = Recorder(StudyFolder(folder), whole_study, len(records), 200)
    begun = Counter()
    for record in records:
        add_to_counts(begun, record)
    assert recorder.states == begun
    assert begun.total() == len(records)
    ended = Counter(record.state for record in settled(records))
    assert {state: begun[state] for state in ended} == ended
    assert begun[CONTINUED] == len(records) - ended.total()


def test_it_is_known_only_what_the_lookahead_shows(whole):
    _, _, records = whole
    for record in records:
        assert record.continues is None or record.continues <= record.number - 3


@pytest.mark.parametrize("jobs", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_the_record_is_the_same_for_any_number_of_workers(whole, tmp_path, jobs):
    name, _, records = whole
    assert canonical_dump(search(tmp_path, name, "out", jobs)) == canonical_dump(records)


@pytest.mark.parametrize("checkpoints", ["kept", "lost"])
def test_a_search_in_parts_ends_with_the_same_record(whole, tmp_path, checkpoints):
    name, _, records = whole
    for n_trials in (8, 20, 22, None):
        parts = search(tmp_path, name, "out", n_trials=n_trials)
        if checkpoints == "lost":
            for path in tmp_path.rglob("checkpoint"):
                path.unlink()
    assert canonical_dump(parts) == canonical_dump(records)


def test_checkpoints_are_kept_of_some_that_wait_and_of_no_other(whole):
    _, folder, records = whole
    waiting = {record.number: record for record in settled(records) if record.state == "pruned"}
    found = [int(path.parent.name) for path in folder.rglob("checkpoint")]
    n_kept = Counter(len(waiting[number].outcome.curve) for number in found)
    assert set(n_kept) == {1, 2, 4}
    assert max(n_kept.values()) <= KEPT_PAUSED
    for epoch in n_kept:
        at_epoch = [one for one in waiting.values() if len(one.outcome.curve) == epoch]
        next_on = max(at_epoch, key=lambda one: one.outcome.curve[-1].val_accuracy)
        assert next_on.number in found


def test_frames_have_one_row_for_a_trial_and_those_that_went_on_with_it(whole):
    _, folder, records = whole
    frames = read_study(folder)
    n_going_on = sum(record.continues is not None for record in records)
    assert frames.n_continued == n_going_on
    before = {record.number: record.continues for record in records}
    for number in frames.trials["number"]:
        chain, earlier = frames.went_on_with.get(number, ()), before[number]
        for paused in reversed(chain):
            assert paused == earlier
            earlier = before[paused]
        assert earlier is None
    assert frames.n_recorded == len(records) == len(frames.trials) + n_going_on
    assert frames.trials["epochs"].sum() == sum(record.outcome.cost.epochs for record in records)
    lengths = frames.curves.groupby("number")["epoch"].max()
    assert (frames.trials.set_index("number")["epochs"] == lengths).all()
    assert not frames.trials.filter(like="params.").duplicated().any()


def test_a_note_on_a_paused_trial_is_shown_where_it_went_on(whole, tmp_path):
    shutil.copytree(whole[1], tmp_path / "small")
    last = next(record for record in whole[2] if record.state == "complete" and record.continues is not None)
    first = whole[2][whole[2][last.continues].continues].number
    notes = Notes().changed(first, "began well").changed(last.number, "ended well").changed(None, "all")
    notes.write(StudyFolder(tmp_path / "small").notes_file)
    found = read_study(tmp_path / "small").notes
    assert (found.study, found.trials) == ("all", {last.number: "began well; ended well"})


@pytest.mark.slow
def test_each_trial_can_be_trained_again_alone(whole, tmp_path):
    _, folder, records = whole
    shutil.copytree(folder, tmp_path / "small")
    going_on = [record.number for record in records if record.continues is not None]
    for number in (0, going_on[0], going_on[-1]):
        found = replay(load(tmp_path / "small" / "study.toml"), StudyFolder(tmp_path / "small"), number)
        assert found.differences == ()
        assert found.again.cost.epochs == records[number].outcome.cost.epochs


def test_frames_keep_their_record_while_a_search_records_more(whole, tmp_path):
    shutil.copytree(whole[1], tmp_path / "small")
    journal = tmp_path / "small" / "journal.log"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[: len(lines) - 6]))
    before = read_study(tmp_path / "small")
    corrected, enough = before.corrected, before.enough
    during = read_study(tmp_path / "small")
    journal.write_text("".join(lines))
    assert (during.corrected, during.enough) == (corrected, enough)
    assert len(read_study(tmp_path / "small").trials) != len(during.trials)


@pytest.mark.parametrize("continues", [-1, 0, 2, "0", 1.5, [0]])
def test_a_record_in_which_a_trial_goes_on_with_none_that_waits_is_refused(tmp_path, continues):
    study = load(write(tmp_path, "tpe"))
    path = tmp_path / "journal.log"
    writer = RecordWriter(path, study.space)
    params = {"learning_rate": 0.5, "hidden_dims": "[8]", "update_rule": "adam"}
    for number, state, attributes in ((0, "complete", {}), (1, "pruned", {CONTINUES: continues})):
        outcome = TrialOutcome(number, state, (Epoch(0.5, 0.5, 1.0),))
        writer.append(TrialRecord(params, attributes, outcome))
    expected = f"trial 1 goes on with {continues!r}, which does not wait"
    with pytest.raises(FolderError, match=re.escape(expected)):
        read_records(path)


def test_a_record_in_which_a_trial_goes_on_with_other_parameters_is_refused(tmp_path):
    study = load(write(tmp_path, "tpe"))
    path = tmp_path / "journal.log"
    writer = RecordWriter(path, study.space)
    for number, rate, attributes in ((0, 0.5, {}), (1, 0.25, {CONTINUES: 0})):
        params = {"learning_rate": rate, "hidden_dims": "[8]", "update_rule": "adam"}
        writer.append(
            TrialRecord(params, attributes, TrialOutcome(number, "pruned", (Epoch(0.5, 0.5, 1.0),)))
        )
    with pytest.raises(FolderError, match="trial 1 goes on with 0, which has other parameters"):
        read_records(path)


def test_a_search_that_a_rule_ended_before_a_trial_was_complete_is_told_so(tmp_path):
    study = write(tmp_path, "tpe")
    study.write_text(study.read_text() + "[stop]\nepochs = 3\n")
    hpsearch.run(study, out=tmp_path / "out", jobs=1)
    found = advice(read_study(tmp_path / "out" / "small"))
    assert found.sentence.startswith("Mend this first: [stop] ended the search before a trial was complete")
    assert found.command == ""


def test_while_all_trials_wait_the_advice_is_to_go_on(tmp_path):
    search(tmp_path, "tpe", "out", n_trials=6)
    found = advice(read_study(tmp_path / "out" / "small"))
    n_paused = state_counts(read_records(tmp_path / "out" / "small" / "journal.log"))["pruned"]
    assert 0 < n_paused < 6
    expected = f"Go on: no trial is complete yet, but {n_paused} paused trials may still go on."
    assert found.sentence == expected
    assert f"--trials {YOUNG}" in found.command


def test_the_luck_of_pruning_is_known_and_the_same_on_the_page_from_best_and_confirm(tmp_path, monkeypatch):
    (tmp_path / "short.toml").write_text(SHORT)
    with OneThread() as executor:
        hpsearch.run(tmp_path / "short.toml", jobs=1, executor=executor, out=tmp_path / "out")
    folder = StudyFolder(tmp_path / "out" / "short")
    found = read_study(folder.path).corrected
    assert found.of_pruning is not None
    assert corrected_winner_in(folder) == found
    asked = []
    monkeypatch.setattr(confirm, "luck_of_finalists", lambda folder, records, *_: asked.append(records))
    confirm._search_luck(folder, Race((), "seeds"), read_records(folder.journal))
    assert asked == [settled(read_records(folder.journal))]


def test_trials_given_by_hand_that_went_on_are_not_in_the_curve_of_those_that_were_drawn(tmp_path):
    by_hand = "".join(f"[[enqueue]]\nlearning_rate = {rate}\n" for rate in (0.1, 0.11, 0.12, 0.13))
    (tmp_path / "hand.toml").write_text(SHORT + by_hand)
    with OneThread() as executor:
        hpsearch.run(tmp_path / "hand.toml", trials=48, jobs=1, executor=executor, out=tmp_path / "out")
    frames = read_study(tmp_path / "out" / "hand")
    assert any(before[0] < 4 for before in frames.went_on_with.values())
    assert len(frames.enough.curve) == len(frames.trials) - 4
    (drawn,) = searchgallery._tuning_curve(frames)
    assert len(drawn.data) == len(frames.trials) - 4
