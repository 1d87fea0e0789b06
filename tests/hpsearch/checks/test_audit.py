"""Pruned trials trained to their end go on as they would have without the pruner."""

import json

import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks.audit import audit_pruning
from hpsearch.cli.audit import as_text, facts
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import HpsearchError, NothingYetError
from hpsearch.results.frames import read_study
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


def test_an_audit_is_printed_for_people_and_programs(searched):
    study, folder, _ = searched
    audit = audit_pruning(study, folder, n_trials=2, jobs=1)
    text = as_text(audit)
    assert text.startswith(f"2 of {audit.n_pruned} pruned trials, trained to their end\n")
    assert text.count("  trial ") == 2
    values = json.loads(json.dumps(facts(audit)))
    assert [row["number"] for row in values["trials"]] == list(audit.trials["number"])
    assert values["n_saved"] == audit.epochs.saved


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
