"""Epochs saved: one count, for terminal, page and audit."""

from collections import Counter
from dataclasses import replace

import pytest

from hpsearch.checks import audit
from hpsearch.cli import audit as audit_command
from hpsearch.cli.progress import summary
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter
from hpsearch.records import Cost, Epoch, Proposal, TrialOutcome, TrialRecord, ranking
from hpsearch.report.searchgallery import cost_exhibits
from hpsearch.report.verdict import verdict
from hpsearch.results import luck
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.frames import read_study
from hpsearch.results.selection import Winner
from hpsearch.results.stats import Interval
from hpsearch.results.tables import trials_frame
from hpsearch.search.identity import describe
from hpsearch.search.status import Status
from hpsearch.study.prepared import prepare_data
from hpsearch.worker.worker import Finished


def ended(number, state, trained, **params):
    curve = (Epoch(0.5, 0.5, 1.0),) * trained
    outcome = TrialOutcome(number, state, curve, cost=Cost(trained, 9 * trained, 0.5, 0.5))
    return TrialRecord({"learning_rate": 0.01, **params}, {}, outcome)


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([], EpochsSpent(0, 0, 0)),
        ([("complete", 15)], EpochsSpent(15, 15, 0)),
        ([("complete", 15), ("pruned", 5)], EpochsSpent(20, 30, 10)),
        ([("complete", 15), ("diverged", 2), ("failed", 0)], EpochsSpent(17, 45, 0)),
    ],
)
def test_pruned_trials_alone_save_epochs(make_study, trials, expected):
    study = make_study(training__epochs=15)
    records = [ended(number, *trial) for number, trial in enumerate(trials)]
    assert EpochsSpent.of(study, trials_frame(records, study.space)) == expected


@pytest.mark.parametrize("searched", [{"low": 4, "high": 20}, {"choices": [4, 10, 20]}])
def test_each_trial_counts_with_its_own_epochs(make_study, searched):
    study = make_study(space__epochs=searched)
    records = [
        ended(0, "complete", 20, epochs=20), ended(1, "pruned", 3, epochs=4),
        ended(2, "diverged", 1, epochs=10), ended(3, "pruned", 2, epochs=10),
    ]  # fmt: skip
    assert EpochsSpent.of(study, trials_frame(records, study.space)) == EpochsSpent(26, 44, 9)


@pytest.fixture
def made_up(tmp_path, tiny_data, make_study, make_up):
    """Returns a study with `epochs` searched, its folder, and trials that ended in all ways."""

    def make(first):
        data = {"source": "arrays", "path": tiny_data.settings.path, "num_val": 24, "num_test": 8}
        epochs = {"low": 5, "high": 20}
        study = make_study(space__epochs=epochs, **{f"data__{key}": value for key, value in data.items()})
        folder = StudyFolder(tmp_path / "tiny")
        folder.path.mkdir()
        folder.study_file.write_text(study.to_toml())
        describe(study, prepare_data(study)).write(folder.identity_file)
        writer = RecordWriter(folder.journal, study.space)
        for number in range(40):
            n_epochs = 5 + (number + first) % 16
            proposal = Proposal({"learning_rate": 0.01, "epochs": n_epochs}, {})
            record = make_up(number + first, proposal, n_epochs=n_epochs)
            writer.append(replace(record, outcome=replace(record.outcome, number=number)))
        return study, folder

    return make


@pytest.mark.parametrize("first", [0, 100, 200])
def test_terminal_page_and_audit_say_the_same(made_up, monkeypatch, first):
    study, folder = made_up(first)
    records = audit.read_records(folder.journal)
    assert {record.state for record in records} == {"complete", "pruned", "diverged", "failed"}
    states = Counter(record.state for record in records)
    status = Status(40, states, 0, 0, ranking(records)[0], 0, seconds=9.0, n_new=40)
    terminal = summary(study, folder, records, status)
    frames = read_study(folder.path)
    page = verdict(frames, frames.importances)[-1]
    captions = [exhibit.caption for exhibit in cost_exhibits(frames)]
    monkeypatch.setattr(
        audit.retrain,
        "train_again",
        lambda study, tasks, jobs: [
            Finished(replace(records[task.number].outcome, state="complete")) for task in tasks
        ],
    )
    audited = audit_command.as_text(audit.audit_pruning(study, folder, n_trials=99, jobs=1))
    spent = sum(record.outcome.cost.epochs for record in records)
    planned = sum(record.params["epochs"] for record in records)
    saved = sum(r.params["epochs"] - r.outcome.cost.epochs for r in records if r.state == "pruned")
    words = f"{spent} of {planned} epochs, {100 * saved / planned:.0f} % saved by pruning"
    assert f"; {words}\n" in terminal
    assert f"The search spent {words}; it took" in page
    assert any(caption.endswith(f": {words}.") for caption in captions)
    assert f"\nsaved   {saved} of {planned} epochs, {100 * saved / planned:.0f} %\n" in audited


@pytest.mark.parametrize(
    ("corrected", "said"),
    [
        (0.1299, "0.130: no luck of being chosen shows in it"),
        (0.12, "0.120 without the luck of being chosen"),
    ],
)
def test_terminal_tells_of_luck_only_where_it_can_be_seen(made_up, monkeypatch, corrected, said):
    """`run` said "0.130 without the luck" below 0.130, where `status` says that no luck shows."""
    study, folder = made_up(0)
    records = audit.read_records(folder.journal)
    states = Counter(record.state for record in records)
    status = Status(40, states, 0, 0, ranking(records)[0], 0, seconds=9.0, n_new=40)
    winner = Winner(0, 0.13, corrected, Interval(0.09, 0.18), 0.13 - corrected)
    monkeypatch.setattr(luck, "corrected_winner_of", lambda *_: winner)
    assert f"        {said} (95 % interval 0.090 to 0.180)" in summary(study, folder, records, status)


@pytest.mark.parametrize(
    ("wanted", "ended_by", "said"),
    [
        (40, "", "40 trials recorded before, nothing is left to do: "),
        (50, "", "40 of 50 trials recorded before, none in this run: "),
        (50, "epochs = 5", "40 of 50 trials recorded before, nothing is left to do: "),
    ],
)
def test_a_run_that_was_stopped_before_a_trial_ended_does_not_say_that_nothing_is_left(
    made_up, wanted, ended_by, said
):
    study, folder = made_up(0)
    records = audit.read_records(folder.journal)
    status = Status(wanted, Counter(r.state for r in records), 0, 0, ranking(records)[0], 0, 9.0, 0, ended_by)
    assert summary(study, folder, records, status).startswith(said)


@pytest.mark.parametrize(
    ("n_near", "said"), [(1, "no other trial"), (2, "1 other trial"), (3, "2 other trials")]
)
def test_it_is_said_how_many_others_are_within_noise_of_the_best(made_up, monkeypatch, n_near, said):
    study, folder = made_up(0)
    records = audit.read_records(folder.journal)
    best = ranking(records)[0]
    monkeypatch.setattr(luck, "near_best", lambda trials, *_: trials["number"] < n_near)
    status = Status(40, Counter(r.state for r in records), 0, 0, best, 0, 9.0, 40)
    lines = summary(study, folder, records, status).split("\n")
    assert lines[1] == f"best    {best.value:.3f}, trial {best.number}; {said} within noise of it"
