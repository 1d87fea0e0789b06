"""Pruned trials trained to their end go on as they would have without the pruner."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks.audit import Regret, _regret, _row, audit_pruning
from hpsearch.checks.other_pruners import replayed
from hpsearch.cli.audit import as_text, facts
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import HpsearchError, NothingYetError
from hpsearch.hits import pack, unpack
from hpsearch.records import Epoch, TrialOutcome, TrialRecord
from hpsearch.results.frames import read_study
from hpsearch.results.paired import difference_interval
from hpsearch.study.studyfile import load

STUDY = """
[study]
seed = 2
trials = 16
lookahead = 4
[training]
epochs = 5
batch_size = 100
num_train_samples = 50
[space]
hidden_dims = { choices = [[8], [16]] }
learning_rate = { low = 1e-3, high = 30.0, log = true }
[sampler]
name = "random"
[pruner]
name = "percentile"
percentile = 30
startup_trials = 1
warmup_epochs = 1
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A study with pruned trials, its folder, and the trials of the same study without a pruner."""
    folder = tmp_path_factory.mktemp("audit")
    path = folder / "pruned.toml"
    path.write_text(STUDY)
    with OneThread() as executor:
        hpsearch.run(path, jobs=1, executor=executor, out=folder)
        whole = hpsearch.run(
            path, jobs=1, executor=executor, out=folder / "whole", set={"pruner.name": "none"}
        )
    return load(path), StudyFolder(folder / "pruned"), whole.trials


def test_each_pruned_trial_ends_as_it_would_have_without_the_pruner(searched):
    study, folder, whole = searched
    before = read_study(folder.path)
    pruned = before.trials[before.trials["state"] == "pruned"]
    audit = audit_pruning(study, folder, n_trials=100, jobs=2)
    assert len(pruned) >= 3
    assert list(audit.trials["number"]) == list(pruned["number"])
    assert list(audit.trials["pruned_at"]) == list(pruned["epochs"])
    assert list(audit.trials["pruned_value"]) == list(pruned["value"])
    ends = whole.set_index("number").loc[pruned["number"]]
    assert list(audit.trials["state"]) == list(ends["state"])
    complete = audit.trials["state"] == "complete"
    assert list(audit.trials["value"][complete]) == list(ends["value"][complete.to_numpy()])
    assert audit.trials["value"][~complete].isna().all()
    assert (audit.trials["wins"] == (audit.trials["value"] > audit.best)).all()
    assert audit.epochs.saved == int((5 - pruned["epochs"]).sum())
    assert audit.epochs.spent == int(before.trials["epochs"].sum())
    assert audit.winners == (audit.trials["wins"].mean(),) * 2
    assert read_study(folder.path).digest == before.digest


@pytest.mark.slow
def test_a_few_are_the_same_few_every_time_and_on_any_number_of_workers(searched):
    study, folder, _ = searched
    one, two = (audit_pruning(study, folder, n_trials=3, jobs=jobs) for jobs in (1, 2))
    assert one.trials.equals(two.trials)
    assert len(one.trials) == 3
    assert one.n_pruned > 3


@pytest.mark.parametrize(("best", "wins"), [(0.79, True), (0.8, False), (0.81, False)])
def test_only_a_trial_that_is_better_than_the_winner_would_have_won(best, wins):
    """One that is level with it, which came first, would not have taken its place."""
    curve = (Epoch(0.5, 0.5, 1.0), Epoch(0.8, 0.8, 0.5))
    pruned = TrialRecord({}, {}, TrialOutcome(3, "pruned", curve[:1]))
    assert _row(pruned, TrialOutcome(3, "complete", curve), best)["wins"] is wins


def test_an_audit_is_kept_for_the_page_and_goes_with_the_study(searched):
    study, folder, _ = searched
    audit = audit_pruning(study, folder, n_trials=2, jobs=1)
    frames = read_study(folder.path)
    kept = frames.audited
    assert (kept.n_trials, kept.n_pruned, kept.n_audited) == (len(frames.trials), audit.n_pruned, 2)
    assert (kept.n_better, kept.regret) == (int(audit.trials["wins"].sum()), audit.regret.mean)
    assert (kept.fewest / audit.n_pruned, kept.most / audit.n_pruned) == audit.winners
    assert kept.interval == (audit.regret.low, audit.regret.high)
    copy = StudyFolder(folder.path.parent / "copy")
    shutil.copytree(folder.path, copy.path)
    copy.remove_study()
    assert not copy.audit_file.exists()


def test_an_audit_is_printed_for_people_and_programs(searched):
    study, folder, _ = searched
    audit = audit_pruning(study, folder, n_trials=2, jobs=1)
    text = as_text(audit)
    assert text.startswith("cost    ")
    assert f"\n2 of {audit.n_pruned} pruned trials, trained to their end\n" in text
    assert text.count("  trial ") == 2
    assert f"of all {audit.n_pruned} pruned trials" in text
    assert "percentile (own)" in text
    assert "\n  not asha: what it stops goes on among later trials" in text
    values = json.loads(json.dumps(facts(audit)))
    assert [row["number"] for row in values["trials"]] == list(audit.trials["number"])
    assert values["n_saved"] == audit.epochs.saved
    assert values["regret"] == audit.regret.mean
    assert values["pruners"][0]["pruner"] == "percentile"


@pytest.mark.slow
@pytest.mark.parametrize("pruner", ["median", "successive_halving", "hyperband", "patience"])
def test_another_pruner_does_to_whole_curves_what_it_does_in_a_search(searched, pruner):
    """Random trials are the same under any pruner, so a search with another one is the oracle."""
    study, folder, _ = searched
    whole = read_records(StudyFolder(folder.path.parent / "whole" / "pruned").journal)
    with OneThread() as executor:
        hpsearch.run(
            folder.path.parent / "pruned.toml",
            jobs=1,
            executor=executor,
            out=folder.path.parent / pruner,
            set={"pruner.name": pruner},
        )
    expected = read_records(StudyFolder(folder.path.parent / pruner / "pruned").journal)
    found = replayed(study, whole, read_study(folder.path.parent / pruner / "pruned").study.pruner)
    assert [(one.state, one.outcome.curve) for one in found] == [
        (one.state, one.outcome.curve) for one in expected
    ]


def test_the_studys_own_pruner_does_again_what_it_did(searched):
    study, folder, _ = searched
    recorded = read_records(folder.journal)
    audit = audit_pruning(study, folder, n_trials=100, jobs=1)
    own = audit.pruners.iloc[0]
    assert (own["pruner"], own["pruned"]) == ("percentile", len(audit.trials))
    assert (own["spent"], own["saved"]) == (audit.epochs.spent, audit.epochs.saved)
    assert own["best"] == audit.best
    assert audit.n_known == len(recorded)
    without = audit.pruners.set_index("pruner").loc["none"]
    assert (without["pruned"], without["saved"], without["regret"]) == (0, 0, 0.0)
    assert own["regret"] == pytest.approx(audit.regret.mean)


def test_trials_whose_ends_are_not_known_keep_their_numbers(searched):
    study, folder, _ = searched
    audit = audit_pruning(study, folder, n_trials=2, jobs=1)
    assert audit.n_known == len(read_records(folder.journal)) - audit.n_pruned + 2
    own = audit.pruners.iloc[0]
    assert own["pruned"] == audit.n_pruned  # two of them, that count for all
    rest = audit.epochs.spent - sum(
        len(one.outcome.curve) for one in read_records(folder.journal) if one.state == "pruned"
    )
    assert own["spent"] == round(rest + audit.trials["pruned_at"].mean() * audit.n_pruned)


N_IMAGES = 100


def made_up(number, state, errors):
    hits = np.ones(N_IMAGES, bool)
    hits[list(errors)] = False
    epoch = Epoch(float(hits.mean()), 0.9, 0.1)
    return TrialRecord({}, {}, TrialOutcome(number, state, (epoch,), hits=pack(hits)))


def test_regret_is_the_paired_difference_to_what_would_have_won():
    records = [made_up(0, "complete", range(10)), made_up(1, "pruned", range(40))]
    better, worse = (made_up(1, "complete", errors) for errors in (range(6, 11), range(12)))
    regret = _regret(records, [records[0], better], N_IMAGES)
    hits = [unpack(record.outcome.hits, N_IMAGES) for record in (better, records[0])]
    assert (regret.number, regret.mean) == (1, pytest.approx(0.05))
    assert (regret.mean, regret.low, regret.high) == difference_interval(*hits)
    assert _regret(records, [records[0], worse], N_IMAGES) == Regret(0, 0.0, 0.0, 0.0)


def test_an_earlier_trial_that_would_have_come_to_the_same_is_not_said_to_have_changed_nothing(searched):
    """Of equals the earlier one wins, so that the winner could have been another trial, no better."""
    study, folder, _ = searched
    audit = audit_pruning(study, folder, n_trials=2, jobs=1)
    winner, earlier = made_up(1, "complete", range(10)), made_up(0, "complete", range(5, 15))
    text = as_text(replace(audit, regret=_regret([winner], [earlier, winner], N_IMAGES)))
    assert "regret  0: with these trained to their ends the best would have been no better" in text


def test_regret_of_a_record_of_before_has_no_interval():
    old = [replace(record, outcome=replace(record.outcome, hits="")) for record in [
        made_up(0, "complete", range(10)), made_up(1, "complete", range(5))
    ]]  # fmt: skip
    regret = _regret(old[:1], old, N_IMAGES)
    assert (regret.number, regret.mean, regret.low) == (1, pytest.approx(0.05), None)


def test_a_study_without_pruned_trials_has_nothing_to_audit(searched):
    study, folder, _ = searched
    whole = StudyFolder(folder.path.parent / "whole" / "pruned")
    with pytest.raises(NothingYetError, match="no trial was pruned"):
        audit_pruning(study, whole, n_trials=2, jobs=1)


def test_a_trial_that_does_not_go_through_its_recorded_epochs_is_named(searched):
    _, folder, _ = searched
    other = load(folder.path.parent / "pruned.toml", ["study.seed=3"])
    with pytest.raises(HpsearchError, match=r"trial \d+ no longer goes through its recorded epochs"):
        audit_pruning(other, folder, n_trials=1, jobs=1)
