"""What Optuna finds in an export is what it finds in the record, in SQLite, PostgreSQL and a journal."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack

import optuna
import pytest
from click.testing import CliRunner
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from hpsearch.cli import cli
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter, read_records
from hpsearch.errors import CallError, HpsearchError
from hpsearch.exchange import destinations
from hpsearch.exchange.optuna_export import export
from hpsearch.exchange.optuna_import import read_optuna
from hpsearch.exchange.storages import shown, to_read, to_write
from hpsearch.records import Proposal, digest, ranking


@pytest.fixture
def opened():
    """Opens a study as Optuna itself does, without our help."""
    with ExitStack() as stack:

        def open_study(address, name="tiny"):
            if "://" not in address:
                storage = JournalStorage(JournalFileBackend(address))
            else:
                storage = RDBStorage(address.replace("postgresql:", "postgresql+psycopg:"))
                stack.callback(storage.engine.dispose)
                stack.callback(storage.remove_session)
            return optuna.load_study(study_name=name, storage=storage)

        yield open_study


@pytest.fixture(params=["sqlite", "journal", pytest.param("postgres", marks=pytest.mark.slow)])
def address(request, tmp_path):
    """Where a study may go that is not there yet."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres")
    return {"sqlite": f"sqlite:///{tmp_path}/one.db", "journal": str(tmp_path / "one.log")}[request.param]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_optuna_finds_the_trials_of_the_record_in_an_export(folder, address, opened):
    name = folder.path.parent.parent.name  # of this test alone: the cluster is common to all
    assert export(folder, address, name) == 12
    found, own = opened(address, name), opened(str(folder.journal))
    assert found.direction == optuna.study.StudyDirection.MAXIMIZE
    assert found.metric_names == ["validation accuracy"]
    for theirs, ours in zip(found.trials, own.trials, strict=True):
        assert theirs.number == ours.number
        assert theirs.state == ours.state
        assert theirs.value == ours.value
        assert theirs.params == ours.params
        assert theirs.distributions == ours.distributions
        assert repr(theirs.intermediate_values) == repr(ours.intermediate_values), "NaN is NaN here"
        assert theirs.system_attrs == ours.system_attrs
        assert theirs.duration == ours.duration
    best = ranking(read_records(folder.journal))[0]
    assert found.best_trial.number == own.best_trial.number == best.number
    assert found.best_value == best.value


def test_a_trial_bears_its_cost_its_seed_and_why_it_ended(folder, address, opened):
    name = folder.path.parent.parent.name
    export(folder, address, name)
    found = opened(address, name)
    assert found.user_attrs["seed"] == 0
    assert found.user_attrs["digest"] == digest(read_records(folder.journal))
    for trial, record in zip(found.trials, read_records(folder.journal), strict=True):
        assert trial.user_attrs["state"] == record.state
        assert trial.user_attrs["reason"] == record.outcome.reason
        assert trial.user_attrs["epochs"] == record.outcome.cost.epochs
        assert trial.user_attrs["seconds"] == record.outcome.cost.seconds
        assert trial.user_attrs["study_seed"] == 0


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_trial_that_went_on_with_paused_ones_is_one_to_optuna(paused_folder, tmp_path, opened):
    address = f"sqlite:///{tmp_path}/one.db"
    assert export(paused_folder, address, "paused") == 2
    other, whole = opened(address, "paused").trials
    assert (other.user_attrs["number"], whole.user_attrs["number"]) == (1, 3)
    assert (whole.value, whole.user_attrs["epochs"]) == (0.7, 3)
    assert whole.user_attrs["seconds"] == pytest.approx(0.6)


@pytest.fixture
def larger(study_table, make_up, draw, tmp_path):
    """A study of 40 trials of three parameters, one of them there only beside one choice."""
    from hpsearch.study.studyfile import from_table

    table = study_table()
    table["space"] |= {
        "update_rule": {"choices": ["sgd_momentum", "adam"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"update_rule": "sgd_momentum"}},
        "hidden_dims": {"depth": [1, 2], "width": [5, 20]},
    }
    del table["net"]["hidden_dims"]
    study = from_table(table, "larger", "larger.toml")
    folder = StudyFolder(tmp_path / "reports" / "larger")
    folder.path.mkdir(parents=True)
    folder.study_file.write_text(study.to_toml())
    writer = RecordWriter(folder.journal, study.space, "larger")
    for number in range(40):
        writer.append(make_up(number, Proposal(draw(study.space, number), {})))
    return folder


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_importances_and_curves_that_optuna_computes_are_the_same(larger, address, opened):
    export(larger, address, larger.path.parent.parent.name)
    found = opened(address, larger.path.parent.parent.name)
    own = opened(str(larger.journal), "larger")

    def importance(study):
        return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=7))

    assert importance(found) == importance(own)
    assert importance(own), "which says something"
    figures = [optuna.visualization.matplotlib.plot_intermediate_values(study) for study in (found, own)]
    curves = [[line.get_xydata().tolist() for line in axes.get_lines()] for axes in figures]
    assert curves[0] == curves[1] != []


def test_a_study_that_is_there_is_refused_and_stays_as_it_is(folder, address, opened):
    name = folder.path.parent.parent.name
    export(folder, address, name)
    before = [trial.params for trial in opened(address, name).trials]
    with pytest.raises(
        CallError, match=f"has a study '{name}', which is not changed; expected another --name"
    ):
        export(folder, address, name)
    assert [trial.params for trial in opened(address, name).trials] == before


def test_an_export_that_breaks_off_leaves_no_half_a_study(folder, tmp_path, monkeypatch):
    def broken(self, trials):
        self.add_trial(trials[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(optuna.Study, "add_trials", broken)
    address = f"sqlite:///{tmp_path}/one.db"
    with pytest.raises(KeyboardInterrupt):
        export(folder, address, "tiny")
    assert not (tmp_path / "one.db").exists()
    with to_write(address) as storage:
        optuna.create_study(storage=storage, study_name="another")
    with pytest.raises(KeyboardInterrupt):
        export(folder, address, "tiny")
    with to_read(address) as storage:
        assert [study.study_name for study in storage.get_all_studies()] == ["another"]


KILLED = """
import os, sys
from pathlib import Path
import optuna
from hpsearch.disk.folder import StudyFolder
from hpsearch.exchange.optuna_export import export
optuna.Study.add_trials = lambda self, trials: (self.add_trial(trials[0]), os.kill(os.getpid(), 9))
export(StudyFolder(Path(sys.argv[1])), sys.argv[2], sys.argv[3])
"""


def test_an_export_takes_the_place_of_one_that_was_killed(folder, address, opened):
    name = folder.path.parent.parent.name
    killed = subprocess.run([sys.executable, "-c", KILLED, folder.path, address, name], timeout=100)
    assert killed.returncode == -9
    assert len(opened(address, name).trials) == 1
    n_trials = export(folder, address, name)
    assert len(opened(address, name).trials) == n_trials > 1
    with pytest.raises(CallError, match="which is not changed"):
        export(folder, address, name)


@pytest.mark.parametrize("to", ["sqlite:///{}/one.db", "{}/one.log"])
def test_an_export_waits_for_another_one_to_the_same_file(folder, tmp_path, opened, to):
    address = to.format(tmp_path)
    second = threading.Thread(target=export, args=(folder, address, "second"))
    with to_write(address) as storage:
        second.start()
        second.join(0.5)
        assert second.is_alive()
        optuna.create_study(storage=storage, study_name="first")
    second.join()
    assert opened(address, "first").trials == []
    assert len(opened(address, "second").trials) == 12
    assert {path.name for path in tmp_path.iterdir()} == {"reports", address.rpartition("/")[2]}


def test_an_export_that_fails_leaves_the_file_that_another_one_wrote(folder, tmp_path, opened):
    address = f"sqlite:///{tmp_path}/one.db"
    failed = []

    def fails():
        try:
            export(folder, address, "first")
        except CallError as error:
            failed.append(error)

    second = threading.Thread(target=fails)
    with to_write(address) as storage:
        second.start()
        second.join(0.5)
        optuna.create_study(storage=storage, study_name="first")
    second.join()
    assert len(failed) == 1
    assert opened(address, "first").trials == []


def test_the_record_itself_is_no_place_to_export_to(folder, tmp_path):
    before = folder.journal.read_bytes()
    (tmp_path / "link").symlink_to(folder.journal)
    for address in (folder.journal, tmp_path / "link"):
        with pytest.raises(CallError, match="is the record of a study"):
            export(folder, str(address), "other")
    assert folder.journal.read_bytes() == before


def test_a_journal_that_is_named_as_records_are_takes_more_than_one_export(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        export(folder, "journal.log", name)
    with to_read("journal.log") as storage:
        assert [study.study_name for study in storage.get_all_studies()] == ["one", "two"]


def test_an_address_is_shown_without_its_password():
    assert shown("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert shown("some/file.log") == "some/file.log"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("foo://me:secret@host/x", "foo://...: not the address of a database; expected sqlite:///FILE"),
        ("sqlit:x", "sqlit:x: unknown kind of storage 'sqlit'; expected sqlite:///FILE, postgresql://"),
        ("none.log", "none.log: no such file; expected sqlite:///FILE, postgresql://USER@HOST/NAME or"),
        ("sqlite:///none.db", "none.db: no such file; expected the file of an SQLite database"),
        ("plain.db", "plain.db: is an SQLite database; expected sqlite:///plain.db"),
        ("sqlite:///plain.db", r"sqlite:///plain.db: holds no studies of Optuna \(no such table"),
        ("sqlite:///text.log", "sqlite:///text.log: file is not a database"),
        ("mysql://me:secret@host/x", r"mysql://me:\*\*\*@host/x: needs the package MySQLdb"),
        ("text.log", "text.log: not one of Optuna's journal files"),
    ],
)
def test_a_wrong_address_is_one_line_without_a_password(address, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = sqlite3.connect("plain.db")
    database.execute("create table a (b)")
    database.close()
    (tmp_path / "text.log").write_text('{"some": "text"}\n' * 200)
    with pytest.raises(HpsearchError, match=message) as raised, to_read(address):
        pass
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "none.db").exists()
    assert not (tmp_path / "none.log").exists()


@pytest.mark.slow
def test_a_server_that_is_not_there_is_named():
    pytest.importorskip("psycopg")
    with (
        pytest.raises(HpsearchError, match=r"postgresql://me:\*\*\*@127.0.0.1:1/x: connection failed"),
        to_read("postgresql://me:secret@127.0.0.1:1/x"),
    ):
        pass


def test_the_command_says_how_many_trials_and_what_opens_them(folder, tmp_path):
    place = str(tmp_path / "one.log")
    call = ["export", "--study", "tiny", "--out", str(folder.path.parent), "--to", place]
    done = CliRunner().invoke(cli, call)
    assert done.output == f"12 trials exported as tiny\nlook    optuna-dashboard {place}\n"
    again = CliRunner().invoke(cli, [*call, "--name", "other"])
    assert again.output.startswith("12 trials exported as other\n")
    assert read_optuna(place, "tiny").trials.equals(read_optuna(place, "other").trials)


@pytest.mark.parametrize(
    ("to", "name", "message"),
    [
        (
            "sqlite:///{}/\udcff.db",
            "tiny",
            "sqlite://...: not UTF-8 text, as the address of a database must be",
        ),
        ("sqlite:///{}/one.db", "\udcff", "--name \udcff: expected UTF-8 text"),
        ("tensorboard:{}", "\udcff", "--name \udcff: expected UTF-8 text"),
        ("{}/one.log", "\udcff", "--name \udcff: expected UTF-8 text"),
        (
            "tensorbord:{}",
            "tiny",
            "tensorbord:{}: unknown kind of storage 'tensorbord'; expected mlflow:PLACE, tensorboard:FOLDER",
        ),
    ],
)
def test_addresses_and_names_that_are_none_are_refused(folder, tmp_path, to, name, message):
    there = tmp_path / "there"
    there.mkdir()
    with pytest.raises(CallError) as refused:
        destinations.export(folder, to.format(there), name)
    assert str(refused.value).startswith(message.format(there))
    assert list(there.iterdir()) == []
