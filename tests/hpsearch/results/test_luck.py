"""How much luck is in a winner: a pure function of what trials left, or one line, or nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hpsearch import strata
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.errors import FolderError
from hpsearch.hits import pack, to_file
from hpsearch.records import Epoch, TrialOutcome, TrialRecord, settled
from hpsearch.results.luck import corrected_winner_of, hits_of, near_best

N_VAL = 60


@pytest.fixture
def left(tmp_path):
    """A folder and its records: four complete trials of three epochs with their hits, and a pruned one."""
    folder, rng = StudyFolder(tmp_path / "study"), np.random.default_rng(0)
    records = []
    for number in range(5):
        hits = rng.random((3, N_VAL)) < 0.8
        curve = tuple(Epoch(float(row.mean()), 0.9, 0.1) for row in hits)
        outcome = TrialOutcome(number, "pruned" if number == 3 else "complete", curve)
        best = hits[outcome.best_epoch - 1]
        records.append(TrialRecord({}, {}, TrialOutcome(number, outcome.state, curve, hits=pack(best))))
        folder.trial(number).put_hits(to_file(list(hits)))
    return folder, records


def test_the_winner_is_corrected_by_all_epochs_of_complete_trials(left):
    folder, records = left
    winner = corrected_winner_of(folder, records, N_VAL)
    assert winner == corrected_winner_of(folder, records, N_VAL)
    values = {record.number: record.value for record in records if record.state == "complete"}
    assert winner.value == max(values.values())
    assert [0, 1, 2, 4][winner.candidate // 3] == max(values, key=values.get)
    assert winner.corrected_accuracy < winner.value


def test_bootstrap_samples_keep_to_the_classes_that_a_study_has_in_proportion(left):
    folder, records = left
    plain = corrected_winner_of(folder, records, N_VAL)
    facts = DataFacts("h", "t", 10, N_VAL, (1,), ("a", "b"))
    Identity("study", facts, ({},)).write(folder.identity_file)
    assert corrected_winner_of(folder, records, N_VAL) == plain
    classes = strata.pack(np.arange(N_VAL) % 2)
    Identity("study", replace(facts, val_classes=classes), ({},)).write(folder.identity_file)
    found = corrected_winner_of(folder, records, N_VAL)
    assert found != plain
    assert found.corrected_accuracy == pytest.approx(plain.corrected_accuracy, abs=0.02)


def test_the_hits_of_best_epochs_are_those_of_complete_trials(left):
    _, records = left
    hits = hits_of(records, N_VAL)
    assert hits.mean(axis=1).tolist() == [r.value for r in records if r.state == "complete"]


def test_records_of_before_correct_nothing_and_are_compared_in_the_worst_case(left):
    folder, records = left
    folder.trial(1).hits.unlink()
    assert corrected_winner_of(folder, records, N_VAL) is None
    assert corrected_winner_of(folder, [], N_VAL) is None
    old = [TrialRecord({}, {}, TrialOutcome(r.number, r.state, r.outcome.curve)) for r in records]
    assert hits_of(old, N_VAL) is None
    assert hits_of([], N_VAL) is None


def test_trials_are_near_the_best_with_and_without_hits(left):
    _, records = left
    rows = [(r.number, r.state, r.value) for r in records]
    trials = pd.DataFrame(rows, columns=["number", "state", "value"], index=[*"abcde"])
    paired, worst_case = (near_best(trials, hits, N_VAL) for hits in (hits_of(records, N_VAL), None))
    best = trials["value"].where(trials["state"] == "complete").idxmax()
    assert paired.index.tolist() == worst_case.index.tolist() == [*"abcde"]
    assert paired[best]
    assert worst_case[best]
    assert not paired["d"]
    assert not worst_case["d"]


@pytest.mark.parametrize("content", [b"", b"nonsense", to_file([np.ones(9, bool)])])
def test_damaged_hits_are_named(left, content):
    folder, records = left
    folder.trial(2).hits.write_bytes(content)
    with pytest.raises(FolderError, match=r"trials/00002/hits\.npy: damaged: .*; remove it"):
        corrected_winner_of(folder, records, N_VAL)


def test_nobody_is_told_to_remove_hits_that_only_cannot_be_read(left):
    folder, records = left
    folder.trial(2).hits.unlink()
    folder.trial(2).hits.mkdir()
    with pytest.raises(FolderError, match=r"trials/00002/hits\.npy: cannot be read: [\w ]+$"):
        corrected_winner_of(folder, records, N_VAL)


def test_hits_of_another_trial_are_named(left):
    folder, records = left
    folder.trial(2).put_hits(folder.trial(1).hits.read_bytes())
    with pytest.raises(FolderError, match=r"not the hits of trial 2; remove it"):
        corrected_winner_of(folder, records, N_VAL)


def test_the_luck_that_pruning_left_is_known_by_what_pruned_trials_left(left):
    folder, records = left
    with_hits = corrected_winner_of(folder, records, N_VAL)
    assert with_hits.of_pruning >= 0
    folder.trial(3).hits.unlink()
    without = corrected_winner_of(folder, records, N_VAL)
    assert without.of_pruning is None
    assert with_hits.corrected_accuracy == pytest.approx(without.corrected_accuracy - with_hits.of_pruning)
    assert with_hits.luck == pytest.approx(without.luck + with_hits.of_pruning)
    assert with_hits.corrected_interval.low <= without.corrected_interval.low
    whole = [record for record in records if record.state == "complete"]
    assert corrected_winner_of(folder, whole, N_VAL).of_pruning == 0


def test_a_trial_that_paused_and_went_on_counts_as_one_in_the_luck_of_pruning(left):
    folder, records = left
    paused = TrialOutcome(3, "pruned", records[3].outcome.curve[:1])
    last = replace(records[4].outcome, state="pruned")
    went_on = [*records[:3], TrialRecord({}, {}, paused), TrialRecord({}, {"continues": 3}, last)]
    found = corrected_winner_of(folder, settled(went_on), N_VAL)
    assert found == corrected_winner_of(folder, [*records[:3], TrialRecord({}, {}, last)], N_VAL)
    assert found.of_pruning > 0
