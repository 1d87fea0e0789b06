"""`hpsearch.run` is the command `hpsearch run`: the same options, defaults, checks and decisions."""

import inspect
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import hpsearch
from hpsearch.cli.run import command
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError
from hpsearch.records import digest
from hpsearch.search.options import RunOptions

STUDY = """
[study]
seed = 3
trials = 4
[training]
epochs = 2
batch_size = 100
num_train_samples = 100
[space]
hidden_dims = { choices = [[8], [16]] }
learning_rate = { low = 1e-3, high = 1.0, log = true }
"""


def options_of_the_command():
    """Returns names and defaults of the options of `hpsearch run`."""
    only_there = {"study", "yes", "live"}  # Python removes without asking, and renews no page
    context = command.make_context("run", ["--study", "any"])
    return {name: value for name, value in context.params.items() if name not in only_there}


def test_the_command_and_python_take_the_same_options_with_the_same_defaults():
    parameters = inspect.signature(hpsearch.run).parameters
    in_python = {name: one.default for name, one in parameters.items() if name != "study"}
    assert {**in_python, "out": Path(in_python["out"])} == options_of_the_command()
    assert RunOptions(**options_of_the_command()) == RunOptions()
    assert list(in_python) == [field.name for field in fields(RunOptions)]


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(STUDY)
    return path


def record(result):
    return digest(read_records(result.folder / "journal.log"))


def test_what_python_is_told_changes_the_study_as_on_the_command_line(study, tmp_path):
    told = {"trials": 2, "jobs": 1}
    short = hpsearch.run(study, seed=5, set={"training.epochs": 1}, out=tmp_path / "a", **told)
    texts = hpsearch.run(study, set=["study.seed=5", "training.epochs=1"], out=tmp_path / "b", **told)
    assert record(short) == record(texts)
    assert (short.frames.study.seed, short.frames.study.training["epochs"]) == (5, 1)


@pytest.mark.slow
def test_python_starts_afresh_without_a_question_and_warm(study, tmp_path):
    whole = hpsearch.run(study, jobs=1, out=tmp_path)
    first = record(whole)
    with pytest.raises(CallError, match=r"study\.seed was 3, is 4"):
        hpsearch.run(study, jobs=1, out=tmp_path, seed=4)
    assert record(hpsearch.run(study, jobs=1, out=tmp_path, seed=4, fresh=True)) != first
    warm = tmp_path / "warm.toml"
    warm.write_text(STUDY)
    begun = hpsearch.run(warm, jobs=1, trials=2, out=tmp_path, warm_start="small", top=1)
    assert begun.trials["params.learning_rate"][0] == whole.best["params"]["learning_rate"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"trials": 0}, "trials: expected an integer from 1 to 1000000, but got 0"),
        ({"jobs": 1.5}, "jobs: expected an integer from 1 to 1024, but got 1.5"),
        ({"jobs": True}, "jobs: expected an integer from 1 to 1024, but got True"),
        ({"seed": -1}, "seed: expected an integer from 0 to"),
        ({"timeout": "soon"}, "timeout: expected a time above 0 like 90, 90s, 10m or 1.5h, but got 'soon'"),
        ({"trial_timeout": 0}, "trial_timeout: expected a time above 0"),
        ({"trial_memory": "2T"}, "trial_memory: expected an amount of at least 1M"),
        ({"executor": "threads"}, "executor: expected loky, dask or a concurrent.futures.Executor"),
        ({"scheduler": "tcp://here:1"}, "--scheduler tcp://here:1 goes with --executor dask"),
        ({"executor": "dask"}, "--executor dask takes its workers from --scheduler"),
        ({"set": "training.epochs=5"}, "set: expected a list of texts or a mapping"),
        (
            {"set": {"training.epochs": None}},
            "set training.epochs: expected a text, number, bool, list or mapping",
        ),
        ({"set": {"trainings.epochs": 1}}, "--set trainings.epochs=1: unknown section"),
        ({"warm_start": "other"}, "other: there is no study"),
        ({"warm_start": "../x"}, "--warm-start ../x: expected the name of a study"),
    ],
)
def test_a_wrong_call_is_one_clear_line_and_begins_nothing(study, tmp_path, told, words):
    with pytest.raises(CallError) as caught:
        hpsearch.run(study, out=tmp_path / "out", **told)
    assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_winner_is_loaded_from_its_folder_and_from_its_file(study, tmp_path):
    result = hpsearch.run(study, jobs=1, out=tmp_path)
    digits = load_digits().images[:, None].astype(np.uint8)
    winner = hpsearch.load_net(result.folder)
    number = result.best["trial"]
    same = hpsearch.load_net(str(result.folder / "trials" / f"{number:05d}" / "weights.npz"))
    np.testing.assert_array_equal(winner.predict(digits), same.predict(digits))
    assert np.mean(winner.predict(digits) == load_digits().target) > 0.2
    with pytest.raises(CallError, match="there is no study"):
        hpsearch.load_net(tmp_path)
