"""What page and terminal advise to call runs as it is printed, where hpsearch was called."""

import html
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.results.commands import changed_study, command
from hpsearch.results.frames import read_study
from hpsearch.study.places import name_of

STUDY = """
[training]
epochs = 2
batch_size = 200
[pruner]
name = "none"
[space]
hidden_dims = { choices = [[16], [32]] }
learning_rate = { low = 0.02, high = 0.04, log = true }
"""
SOURCE = Path(__file__).parents[3]


def run(line, cwd):
    """Runs a printed command line as a shell would in that folder, and returns what it printed."""
    program, *words = shlex.split(line)
    assert program == "hpsearch"
    done = subprocess.run(
        [sys.executable, "-m", "hpsearch", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_what_the_page_advises_runs_as_printed_and_keeps_what_the_user_said(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "k.toml").write_text(STUDY)
    called = (
        "hpsearch run --study own/k.toml --trials 6 --jobs 1 --set training.batch_size=100 --out 'my runs'"
    )
    printed = run(called, tmp_path)
    page = (tmp_path / "my runs" / "k" / "index.html").read_text()
    shown = [html.unescape(line) for line in re.findall("<code>(hpsearch .*?)</code>", page)]
    advised = list(dict.fromkeys(shown))
    assert {line.split()[1] for line in advised} == {"run", "confirm", "test", "status"}
    assert printed.splitlines()[-1].strip() in advised
    study = StudyFolder(tmp_path / "my runs" / "k").study_file
    (tmp_path / "k.toml").write_text(study.read_text())  # the page says to save it
    told = {line.split()[1]: run(line, tmp_path) for line in advised}
    assert read_study(study.parent).digest in told["status"]
    changed = read_study(tmp_path / "my runs-next" / "k")
    assert (changed.name, len(changed.trials), changed.study.trials) == ("k", 6, 6)
    assert changed.study.training["batch_size"] == 100
    assert changed.study.training["epochs"] == 4


def test_command_names_a_folder_that_is_not_the_default():
    assert command("test", StudyFolder(Path("reports/k"))) == "hpsearch test --study k"
    assert command("test", StudyFolder(Path("my runs/k"))) == "hpsearch test --study k --out 'my runs'"


@pytest.mark.parametrize(
    ("out", "after"), [("reports", "reports-next"), ("/a/b", "/a/b-next"), (".", "{cwd}-next")]
)
def test_changed_study_begins_with_the_folders_own_file_and_lies_beside_it(out, after, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(changed_study(StudyFolder(Path(out) / "k"), {"space.reg.low": 1e-8, "net.a": "b c"}))
    assert words[:4] == ["hpsearch", "run", "--study", str(Path(out) / "k" / "study.toml")]
    assert words[4:8] == ["--set", "space.reg.low=1e-08", "--set", 'net.a="b c"']
    assert words[8:] == ["--out", after.format(cwd=tmp_path)]


def test_study_folders_own_file_has_the_folders_name(tmp_path, monkeypatch):
    folder = StudyFolder(tmp_path / "k")
    folder.path.mkdir()
    folder.study_file.write_text("")
    assert name_of(folder.study_file) == "study"
    folder.identity_file.write_text("{}")
    assert name_of(folder.study_file) == "k"
    monkeypatch.chdir(folder.path)
    assert name_of(Path("study.toml")) == "k"
