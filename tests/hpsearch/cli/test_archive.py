"""`pack` and `verify` as a user meets them: one line each, and an exit status that a program can trust."""

import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks.verify import Verdict
from hpsearch.cli.best import command as best
from hpsearch.cli.pack import command as pack
from hpsearch.cli.verify import as_text
from hpsearch.cli.verify import command as verify
from hpsearch.errors import CallError, FolderError

STUDY = """
[study]
seed = 3
[training]
epochs = 1
num_train_samples = 50
[space]
learning_rate = { low = 1e-2, high = 1e-1, log = true }
[net]
hidden_dims = [8]
"""


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (Verdict(("2 files as packed", "3 trials")), "a.zip holds: 2 files as packed; 3 trials"),
        (
            Verdict(("2 files as packed",), broken="x is missing"),
            "a.zip does not hold: x is missing (2 files as packed)",
        ),
        (Verdict((), broken="x is missing"), "a.zip does not hold: x is missing"),
        (
            Verdict(("3 trials",), unchecked="no data"),
            "a.zip holds as far as it was checked: 3 trials; no data",
        ),
    ],
)
def test_the_verdict_is_one_line(verdict, line):
    assert as_text(verdict, Path("a.zip")) == line


def test_the_winners_net_is_saved_where_it_is_wanted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("one.toml").write_text(STUDY)
    with OneThread() as executor:
        result = hpsearch.run("one.toml", trials=2, jobs=1, executor=executor)
    call = ["--study", "one", "--save", "net.npz"]
    CliRunner().invoke(best, call, catch_exceptions=False)
    images = np.zeros((3, 1, 8, 8))
    saved, kept = hpsearch.load_net("net.npz"), hpsearch.load_net(result.folder)
    np.testing.assert_array_equal(saved.scores(images), kept.scores(images))
    (result.folder / "trials" / f"{result.best['trial']:05d}" / "weights.npz").unlink()
    with pytest.raises(FolderError, match=r"weights\.npz: the winner's net cannot be read: No such file"):
        CliRunner().invoke(best, call, catch_exceptions=False)


def constant(params):
    """A training function that knows its accuracy."""
    yield params["right"] / 10


def test_of_a_training_function_no_net_is_looked_for(tmp_path, monkeypatch):
    """It told of a file of weights that is not there, and cannot be."""
    monkeypatch.chdir(tmp_path)
    space = {"right": {"low": 0, "high": 10}}
    with OneThread() as executor:
        given = {"train": constant, "space": space, "epochs": 1, "num_val": 10, "name": "one"}
        result = hpsearch.run(**given, trials=1, jobs=1, executor=executor)
    words = "one searches the training function .*constant; expected a study of a net"
    with pytest.raises(CallError, match=f"best --save: {words}"):
        CliRunner().invoke(best, ["--study", "one", "--save", "net.npz"], catch_exceptions=False)
    with pytest.raises(CallError, match=f"load_net: {words}"):
        hpsearch.load_net(result.folder)


@pytest.mark.slow
def test_a_study_is_packed_and_verified_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("one.toml").write_text(STUDY)
    with OneThread() as executor:
        hpsearch.run("one.toml", trials=3, jobs=1, executor=executor)
    packed = CliRunner().invoke(pack, ["--study", "one"], catch_exceptions=False)
    assert packed.output.startswith("one.zip: 3 trials, digest ")
    assert packed.output.splitlines()[-1] == "check   hpsearch verify one.zip"
    _pack_where_nothing_can_be_written(tmp_path, monkeypatch)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = CliRunner().invoke(verify, ["../one.zip", "--draw", "1"], catch_exceptions=False)
    assert found.exit_code == 0
    assert found.output.startswith("../one.zip holds: ")
    assert found.output.count("\n") == 1
    content = (tmp_path / "one.zip").read_bytes()
    (tmp_path / "one.zip").write_bytes(content[: len(content) // 2])
    assert CliRunner().invoke(verify, ["../one.zip"]).exit_code == 1


def _pack_where_nothing_can_be_written(tmp_path, monkeypatch):
    """Packs the study again as from a read-only copy, with a torn line, which is passed over and stays."""
    folder = tmp_path / "reports" / "one"
    with (folder / "journal.log").open("a") as journal:
        journal.write('{"torn')
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
        again = CliRunner().invoke(pack, ["--study", "one", "--output", "two.zip"], catch_exceptions=False)
    assert again.exit_code == 0
    assert (tmp_path / "two.zip").read_bytes() == (tmp_path / "one.zip").read_bytes()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
