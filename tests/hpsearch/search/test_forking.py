"""A fork begins with the best trials that fit, and says what chose them, at what cost, on which images."""

import json
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks.final_test import evaluate, refuse_second_look
from hpsearch.cli import cli
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.ledger import Look, append_look, read_looks
from hpsearch.errors import CallError, StudyFileError
from hpsearch.records import ranking
from hpsearch.report.standings import sentences
from hpsearch.results.forked import forked_in_words
from hpsearch.results.frames import read_study
from hpsearch.search.forking import fork_of, forked, write
from hpsearch.study.studyfile import load

OLD = """
[study]
title = "The old one"
seed = 5
[data]
num_val = 200
[training]
epochs = 2
batch_size = 100
num_train_samples = 50
[space]
learning_rate = { low = 1e-3, high = 1.0, log = true }
hidden_dims = { choices = [[8], [16]] }
update_rule = { choices = ["sgd_momentum", "adam"] }
[sampler]
name = "random"
[[enqueue]]
learning_rate = 0.5
"""


def run(path, out, n_trials):
    with OneThread() as executor:
        hpsearch.run(path, trials=n_trials, jobs=1, executor=executor, out=out)
    return StudyFolder(out / path.stem)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """The folder of a study of eight trials."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "old.toml").write_text(OLD)
    return run(folder / "old.toml", folder / "reports", 8)


@pytest.fixture
def old(searched, tmp_path):
    """The same with a ledger of its own."""
    shutil.copytree(searched.path, tmp_path / "reports" / "old")
    return StudyFolder(tmp_path / "reports" / "old")


def test_a_fork_begins_with_the_best_trials_that_fit_its_space(old):
    best = [record for record in ranking(read_records(old.journal)) if record.params["learning_rate"] >= 0.01]
    made = forked(old, "new", overrides=["space.learning_rate.low=0.01"], top=8)
    assert [entry["learning_rate"] for entry in made.enqueued] == [
        record.params["learning_rate"] for record in best
    ]
    assert 0 < len(best) < len(ranking(read_records(old.journal))), "some do not fit"
    assert len(forked(old, "new", top=2).enqueued) == 2


def test_a_fork_says_what_chose_its_trials_and_that_is_no_part_of_its_identity(old):
    made = forked(old, "new")
    records = read_records(old.journal)
    assert made.fork.studies == ["old"]
    assert made.fork.trials == len(records) == 8
    assert made.fork.epochs == sum(record.outcome.cost.epochs for record in records)
    assert made.fork.images == read_study(old.path).train_val_hash
    assert made.title == ""
    assert "fork" not in made.identity_table()


def test_the_file_of_a_fork_gives_the_same_study_again(old, tmp_path):
    made = forked(old, "new", top=3)
    write(made, tmp_path / "new.toml")
    assert load(tmp_path / "new.toml") == made
    assert (tmp_path / "new.toml").read_text().startswith("# Forked from old, begun with 3 trials of old.\n")
    with pytest.raises(CallError, match="there is such a file already"):
        write(made, tmp_path / "new.toml")


def test_a_fork_of_another_file_has_its_space_and_its_data(old, tmp_path):
    (tmp_path / "other.toml").write_text(
        "[training]\nepochs = 1\n[data]\nnum_val = 300\n[net]\nhidden_dims = [8]\n"
        "[space]\nlearning_rate = { low = 1e-4, high = 2.0 }\n"
    )
    made = forked(old, "new", base=tmp_path / "other.toml", top=2)
    assert made.data.num_val == 300
    assert made.max_epochs == 1
    assert [list(entry) for entry in made.enqueued] == [["learning_rate"], ["learning_rate"]]


def test_a_fork_of_a_fork_counts_both(old, tmp_path):
    write(forked(old, "new", top=2), tmp_path / "new.toml")
    folder = run(tmp_path / "new.toml", tmp_path / "reports", 3)
    records = read_records(folder.journal)
    assert [record.params for record in records[:2]] == [
        record.params for record in ranking(read_records(old.journal))[:2]
    ]
    newest = forked(folder, "newest").fork
    assert newest.studies == ["old", "new"]
    assert newest.trials == 8 + 3
    assert newest.epochs == sum(r.outcome.cost.epochs for r in [*records, *read_records(old.journal)])


def test_a_fork_is_told_of_the_trials_and_images_that_chose_it(old, tmp_path):
    assert forked_in_words(read_study(old.path)) == []
    n_epochs = sum(record.outcome.cost.epochs for record in read_records(old.journal))
    for name, overrides, images in (
        ("same", [], "The same validation images chose them: what is told here of the luck"),
        ("other", ["data.num_val=250"], "Not all images are those that chose them: where validation images"),
        ("more", ["data.num_train=50"], "Not all images are those that chose them: where validation images"),
    ):
        write(forked(old, name, overrides=overrides, top=2), tmp_path / f"{name}.toml")
        frames = read_study(run(tmp_path / f"{name}.toml", tmp_path / "reports", 2).path)
        began, chose = forked_in_words(frames)
        assert began == (
            "It was forked from old and begins with 2 sets of parameters that did best there:"
            f" 8 trials with {n_epochs} epochs chose them, which are not counted here."
        )
        assert chose.startswith(images)
        assert len(frames.trials) == 2
        shown = CliRunner().invoke(cli, ["status", "--study", name, "--out", str(tmp_path / "reports")])
        assert began in shown.output


def test_a_comparison_says_what_a_forks_first_trials_had_cost_and_which_luck_stays(old, tmp_path):
    """It told of an equal budget, and of accuracies without luck, as if the old study's trials were none."""
    write(forked(old, "new", top=2), tmp_path / "new.toml")
    frames = [read_study(old.path), read_study(run(tmp_path / "new.toml", tmp_path / "reports", 2).path)]
    budget, began, chose, *_ = sentences(frames)
    assert budget.endswith("this is the equal budget.")
    assert began.startswith("new was forked from old and begins with 2 sets of parameters")
    assert began.endswith("chose them, which are not counted here.")
    assert chose.startswith("The same validation images chose them: what is told here of the luck of being")


@pytest.mark.slow
def test_looks_at_the_test_split_travel_with_a_fork_wherever_it_goes(old, tmp_path):
    study = load(old.study_file)
    look = evaluate(study, old, n_seeds=2, jobs=1, again=None)
    write(forked(old, "new", top=1), tmp_path / "new.toml")
    assert load(tmp_path / "new.toml").fork.looks == 1
    for out in (tmp_path / "reports", tmp_path / "elsewhere"):
        folder = run(tmp_path / "new.toml", out, 1)
        forks = load(folder.study_file)
        with pytest.raises(CallError, match=r"forked from old, and this test split had been looked at once;"):
            evaluate(forks, folder, n_seeds=2, jobs=1, again=None)
        frames = read_study(folder.path)
        assert "Before that the test split had been looked at once." in forked_in_words(frames)
        evaluate(forks, folder, n_seeds=2, jobs=1, again="wider range")
    assert [look.study for look in read_looks(old.ledger)] == [look.study, "new"]


def test_looks_travel_with_a_fork_of_a_fork_that_lies_elsewhere(old, tmp_path):
    split = Identity.read(old.identity_file).data.test_hash
    append_look(
        old.ledger, Look("2026-01-01", "old", "i", split, 0, {}, 2, 0.5, 0.4, 0.6, (0.5, 0.5), 500, "")
    )
    fork = forked(old, "new", top=1)
    assert fork.fork.looks == 1
    elsewhere = StudyFolder(tmp_path / "elsewhere" / "new")  # a copy does for the fork's own folder
    shutil.copytree(old.path, elsewhere.path)
    assert read_looks(elsewhere.ledger) == []
    again = fork_of(elsewhere, fork)
    assert (again.studies, again.looks) == (["old", "new"], 1)


def test_other_data_has_another_test_split_and_no_looks(old, tmp_path):
    old.ledger.write_text(json.dumps({"nothing": "of this"}) and "")
    made = forked(old, "new", overrides=["data.split_seed=3"])
    assert made.fork.looks == 0


@pytest.mark.parametrize(
    ("name", "overrides", "error", "message"),
    [
        ("old", [], CallError, "old: is the study's own name; expected a new one"),
        ("new", ["space.learning_rate={low=2.0, high=3.0}"], CallError, "fork --study old: has no complete"),
        ("new", ["space.learning_rate.high=1e-9"], StudyFileError, "new: space.learning_rate"),
        ("new", ["nonsense.x=1"], CallError, "--set nonsense.x=1: unknown section"),
        ("New", [], CallError, "expected at most 64 of the characters"),
    ],
)
def test_what_is_wrong_with_a_fork_is_one_line(old, name, overrides, error, message):
    with pytest.raises(error, match=message) as raised:
        forked(old, name, overrides=overrides)
    assert "\n" not in str(raised.value)


def test_a_wrong_section_is_named(old, tmp_path):
    write(forked(old, "new", top=1), tmp_path / "new.toml")
    before, _, after = (tmp_path / "new.toml").read_text().partition("[fork]")
    for wrong, message in (
        ("trials = -1", "fork.trials: expected"),
        ("", "fork.trials: missing; expected it beside studies, epochs, "),
        ("trials = 1\nepoch = 1", "fork.epoch: unknown key; expected one of epochs,"),
    ):
        (tmp_path / "wrong.toml").write_text(f"{before}[fork]{after.replace('trials = 8', wrong)}")
        with pytest.raises(StudyFileError, match=message):
            load(tmp_path / "wrong.toml")


def test_the_command_writes_the_file_and_says_what_comes_next(old, tmp_path):
    path = tmp_path / "new.toml"
    call = ["fork", "--study", "old", str(path), "--set", "study.trials=3", "--top", "2"]
    done = CliRunner().invoke(cli, [*call, "--out", str(tmp_path / "reports")])
    assert done.exit_code == 0, done.output
    assert (
        done.output == f"written {path}: begins with 2 trials of old\nnext    hpsearch run --study {path}\n"
    )
    assert load(path).trials == 3


def test_only_looks_of_the_old_study_at_its_own_split_count_against_a_fork(old):
    fork = forked(old, "new", top=1)
    look = Look("2026-01-01", "old", "i", "another split", 0, {}, 2, 0.5, 0.4, 0.6, (0.5, 0.5), 500, "")
    for harmless in (look, replace(look, study="a stranger", split="split")):
        append_look(old.ledger, harmless)
    refuse_second_look(fork, old, "split", None)
    append_look(old.ledger, replace(look, split="split"))
    with pytest.raises(CallError, match="forked from old, and this test split had been looked at once;"):
        refuse_second_look(fork, old, "split", None)
