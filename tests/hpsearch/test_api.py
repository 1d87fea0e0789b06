"""`hpsearch.run` is the command `hpsearch run`: the same options, defaults, checks and decisions."""

import functools
import inspect
import json
import tomllib
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.datasets import load_digits

import hpsearch
from hpsearch import notebook
from hpsearch.cli import answer, best, compare, confirm, final_test
from hpsearch.cli.run import command
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError
from hpsearch.records import digest
from hpsearch.search.options import RunOptions
from hpsearch.search.running import open_run
from hpsearch.study.owncode import find
from hpsearch.words import percent

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
    only_here = {"study", "name", "progress", "train", "space", "epochs", "num_val"}
    in_python = {name: one.default for name, one in parameters.items() if name not in only_here}
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
        ({"scheduler": "tcp://here:1"}, "scheduler tcp://here:1 goes with executor dask"),
        ({"executor": "dask"}, "executor dask takes its workers from scheduler"),
        ({"set": "training.epochs=5"}, "set: expected a list of texts or a mapping"),
        ({"fresh": "no"}, "fresh: expected True or False, but got 'no'"),
        ({"retry_failed": 2}, "retry_failed: expected True or False, but got 2"),
        ({"other_environment": None}, "other_environment: expected True or False, but got None"),
        ({"warm_start": 3}, "warm_start: expected the name of a study, but got 3"),
        (
            {"set": {"training.epochs": 1j}},
            "set training.epochs: expected a text, number, bool, list, mapping, class, function or None",
        ),
        ({"set": {"trainings.epochs": 1}}, "set trainings.epochs=1: unknown section"),
        ({"set": {"training.epochs": None}}, "epochs must be an integer of at least 1, but got None"),
        ({"name": "mine"}, "name: a study file is its study's name; expected none beside "),
        ({"warm_start": "other"}, "other: there is no study"),
        ({"warm_start": "../x"}, "warm_start ../x: expected the name of a study"),
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


def test_the_winner_stands_beside_its_accuracy_without_luck_as_the_command_has_it(study, tmp_path):
    result = hpsearch.run(study, jobs=1, out=tmp_path)
    told = CliRunner().invoke(best.command, ["--study", str(result.folder), "--format", "json"])
    assert result.best == json.loads(told.stdout)
    low, high = result.best["corrected_interval"]
    assert low <= result.best["corrected_accuracy"] <= min(high, result.best["value"])


def test_what_is_no_path_is_refused():
    for call, name in ((hpsearch.load, "study"), (hpsearch.load_net, "path")):
        with pytest.raises(CallError, match=f"{name}: expected a path, but got 3"):
            call(3)
    with pytest.raises(CallError, match="out: expected a path, but got 3"):
        hpsearch.run("fcnet", out=3)


@pytest.mark.parametrize(
    ("method", "command"),
    [
        ("confirm", confirm.command),
        ("test", final_test.command),
        ("answer", answer.command),
        ("compare", compare.command),
    ],
)
def test_what_comes_after_a_search_takes_the_options_of_its_command(method, command):
    elsewhere = {"study", "studies", "out", "style"}  # a result knows its folder, and returns what is printed
    options = {one.name: one.default for one in command.params if one.name not in elsewhere}
    parameters = inspect.signature(getattr(hpsearch.Result, method)).parameters
    in_python = {name: one.default for name, one in parameters.items() if name not in {"self", "others"}}
    assert in_python.keys() == options.keys()
    assert {name: value for name, value in in_python.items() if value} == {
        name: value for name, value in options.items() if isinstance(value, int) and value
    }


def test_the_version_is_that_of_the_package():
    assert hpsearch.__version__ == version("hpsearch")


def test_what_is_imported_when_used_is_offered_before():
    assert {"run", "load", "load_net", "Result", "HpsearchError"} <= set(dir(hpsearch))
    assert all(getattr(hpsearch, name).__doc__ for name in hpsearch.__all__)


def test_a_study_as_a_mapping_is_the_study_of_its_file(study, tmp_path):
    sections = tomllib.loads(STUDY)
    sections["training"]["batch_size"] = np.int64(100)
    sections["space"]["hidden_dims"]["choices"] = (np.array([8]), [16])
    told = {"trials": 2, "jobs": 1}
    by_mapping = hpsearch.run(sections, name="small", out=tmp_path / "a", **told)
    by_file = hpsearch.run(study, out=tmp_path / "b", **told)
    assert record(by_mapping) == record(by_file)
    assert by_mapping.frames.study.identity() == by_file.frames.study.identity()
    assert hpsearch.load("small", out=tmp_path / "a") == hpsearch.load(by_mapping.folder) == by_mapping


@pytest.mark.parametrize(
    ("study", "name", "words"),
    [
        ({}, None, 'name: expected one, as in run({...}, name="mine"), since the study has no file'),
        ({}, "No Name", "name: expected at most 64 of the characters a-z 0-9 . _ -"),
        ({}, "mine", "mine: space: there is nothing to search"),
        (
            {"net": {"width": 1j}},
            "mine",
            "mine: net.width: expected a text, number, bool, list, mapping, class",
        ),
        ({"data": {"X": np.zeros((9, 9))}}, "mine", "function or None, but got array([[0., 0., 0., 0., 0., "),
        ({"net": 3}, "mine", "mine: net: expected a section [net], but got 3"),
    ],
)
def test_a_wrong_mapping_is_one_clear_line(study, name, words, tmp_path):
    with pytest.raises(CallError) as caught:
        hpsearch.run(study, name=name, out=tmp_path)
    assert words in str(caught.value)


def test_there_is_nothing_to_load_where_no_study_was_begun(tmp_path):
    with pytest.raises(CallError, match="there is no study"):
        hpsearch.load("mine", out=tmp_path)


def test_a_result_whose_folder_is_not_there_does_not_wait_for_a_trial(study, tmp_path, monkeypatch):
    """As after os.chdir, since `out` is relative."""
    monkeypatch.chdir(tmp_path)
    result = hpsearch.run(study, jobs=1, trials=1)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(CallError, match=r"^reports/small: there is no study"):
        assert result.best


def test_a_search_is_silent_outside_of_a_notebook_unless_it_is_asked(study, tmp_path, capfd):
    hpsearch.run(study, jobs=1, trials=2, out=tmp_path / "a")
    assert capfd.readouterr().out == ""
    hpsearch.run(study, jobs=1, trials=2, out=tmp_path / "b", progress=True)
    assert capfd.readouterr().out.splitlines()[-1].startswith("2/2   best ")


def test_where_progress_is_shown_what_is_to_be_known_is_told_first(study, tmp_path, capfd):
    np.savez(tmp_path / "rows.npz", X=np.stack([np.arange(90), np.arange(90) % 7], 1), y=np.arange(90) // 30)
    data = {"data.source": "arrays", "data.path": str(tmp_path / "rows.npz"), "data.num_val": 30}
    hpsearch.run(study, jobs=1, trials=1, out=tmp_path, progress=True, set=data)
    assert capfd.readouterr().out.startswith("note    feature 1 of 2 (")


def test_a_search_that_has_more_trials_than_are_asked_for_is_not_more_than_whole(study, tmp_path):
    hpsearch.run(study, jobs=1, trials=2, out=tmp_path)
    with open_run(study, RunOptions(trials=1, jobs=1, out=tmp_path)) as run:
        (status,) = run.search
    assert (status.recorded, status.trials) == (2, 2)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A search with a choice that HTML would read as a tag."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "small.toml").write_text(STUDY)
    return hpsearch.run(folder / "small.toml", jobs=1, out=folder)


def test_a_result_shows_numbers_and_parameters_in_a_notebook(searched):
    shown = searched._repr_html_()
    assert "<b>small</b>: 4 trials" in shown
    assert "<th>learning_rate</th>" in shown
    assert f"<td>{percent(searched.best['value'])}</td>" in shown
    assert shown.count("not measured yet") == 2


def test_what_a_result_shows_is_escaped():
    assert notebook._table(["<b>"], [["a&b"]]) == (
        "<table><tr><th>&lt;b&gt;</th></tr><tr><td>a&amp;b</td></tr></table>"
    )


def test_a_training_function_may_be_called_as_a_study_file_calls_it(own_net, tmp_path):
    """It needed a `name=` beside it, where the function itself did not."""
    kind = own_net("def train(rate):\n    yield 0.5", "train")
    told = {"space": {"rate": {"low": 0.1, "high": 1.0}}, "epochs": 1, "num_val": 10, "trials": 2, "jobs": 1}
    by_name = hpsearch.run(train=kind, out=tmp_path / "a", **told)
    assert by_name.folder.name == "train"
    assert record(by_name) == record(hpsearch.run(train=find(kind, "train"), out=tmp_path / "b", **told))
    with pytest.raises(
        CallError, match=r"training\.function: expected package\.module:function, but got 'absent'"
    ):
        hpsearch.run(train="absent", out=tmp_path, **told)


class Trainer:
    """Trains where no name of the module leads to."""

    def __call__(self, params):
        yield 0.5

    def method(self, params):
        yield 0.5

    @staticmethod
    def static(params):
        yield 0.5


def made_within(accuracy):
    def inner(params):
        yield accuracy

    return inner


@pytest.mark.parametrize("name", [None, "mine"])
@pytest.mark.parametrize(
    ("train", "got"),
    [
        (lambda params: (yield 0.5), "<lambda>"),
        (made_within(0.5), "made_within.<locals>.inner"),
        (Trainer.static, "Trainer.static"),
        (Trainer().method, "an object of the class method"),
        (Trainer(), "an object of the class Trainer"),
        (Trainer, "a class"),
        (functools.partial(made_within(0.5), params={}), "an object of the class partial"),
    ],
)
def test_what_other_processes_find_by_no_name_is_no_training_function(train, got, name, tmp_path):
    space = {"learning_rate": {"low": 0.1, "high": 1.0}}
    with pytest.raises(CallError) as caught:
        hpsearch.run(train=train, space=space, epochs=1, num_val=10, name=name, out=tmp_path)
    assert str(caught.value) == (
        f"train: expected a generator function that is defined by def, outside of functions and classes, "
        f"but got {got}"
    )


@pytest.mark.slow
def test_a_result_is_confirmed_tested_compared_and_shown(searched, tmp_path):
    confirmed = searched.confirm(top=2, seeds=2, jobs=1)
    assert confirmed.n_seeds == 2
    look = searched.test(seeds=2, jobs=1)
    assert (look.trial, len(look.accuracies)) == (confirmed.winner, 2)
    with pytest.raises(CallError, match='a second look needs again="reason", which'):
        searched.test(seeds=2, jobs=1)
    other = hpsearch.run(searched.folder / "study.toml", seed=4, jobs=1, out=tmp_path, fresh=True)
    page = searched.compare(other, output=tmp_path / "both.html")
    assert page.path.exists()
    assert page.sentences[0] in page.markdown
    assert "not measured yet" not in searched._repr_html_()
    report = searched.report()
    for shown in (confirmed, look, report, page, searched.frames):
        assert len(repr(shown)) < 400, "a prompt shows it in a few lines"
    assert "finalists" not in repr(confirmed)
    assert "identity" not in repr(look)
    assert '<iframe srcdoc="' in report._repr_html_()
    assert "&lt;base href=&quot;about:srcdoc&quot;&gt;" in report._repr_html_()
    assert "/figures/workers.png)" in report._repr_markdown_()
    printed = report._repr_html_().partition('<div class="hpsearch-paper">')[2]
    assert printed.count('src="data:image/png;base64,') == report._repr_markdown_().count("](")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda result: result.confirm(seeds=1), "seeds: expected an integer from 2 to 1000, but got 1"),
        (lambda result: result.confirm(top=0), "top: expected an integer from 1 to"),
        (lambda result: result.test(jobs=0), "jobs: expected an integer from 1 to 1024, but got 0"),
        (lambda result: result.answer(), "the study asks no question"),
        (lambda result: result.compare(result), "compare: expected at least one other study"),
        (lambda result: result.compare("other"), "compare: expected other results, as of hpsearch.load, but"),
    ],
)
def test_a_wrong_call_of_a_result_is_one_clear_line(searched, call, words):
    with pytest.raises(hpsearch.HpsearchError) as caught:
        call(searched)
    assert isinstance(caught.value, CallError)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"study": "convnet", "set": 5}, "set: expected a list of texts or a mapping, but got 5"),
        ({"study": "convnet", "set": [5]}, r"set: expected a list of texts or a mapping, but got \[5\]"),
        ({"study": "convnet", "set": None}, "set: expected a list of texts or a mapping, but got None"),
        ({"study": "convnet", "data": {"source": "digits"}}, "data: expected the name of a data set"),
        ({"study": {"space": {1: {"low": 1}}}, "name": "x"}, "x: space: expected names as keys, but got 1"),
    ],
)
def test_arguments_of_another_kind_are_named(call, words, tmp_path):
    with pytest.raises(CallError, match=words):
        hpsearch.run(**call, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_an_error_in_one_line():
    with pytest.raises(hpsearch.HpsearchError) as caught:
        hpsearch.load_net("nowhere")
    told = "FolderError: nowhere: cannot be read: No such file or directory"
    assert caught.value._render_traceback_() == [told]
