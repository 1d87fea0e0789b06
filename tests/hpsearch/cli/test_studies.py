"""`hpsearch studies`, and studies on another data set: what is listed, and that every command finds them."""

import contextlib
import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from hpsearch.cli import cli
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError, StudyFileError
from hpsearch.study import shelf
from hpsearch.study.places import STUDIES_OF_CHECKOUT, find
from hpsearch.study.studyfile import load

FILES = sorted(STUDIES_OF_CHECKOUT.glob("*.toml"))
SMALL = """
[about]
question = "Deep?"
time = "a second"
course = "Ours"

[study]
trials = 1

[data]
source = "arrays"
path = "none.npz"

[training]
epochs = 3

[net]
hidden_dims = [8]

[space]
learning_rate = { low = 1e-3, high = 1e-1, log = true }

[on.digits.training]
epochs = 1
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a study file of its own in `studies`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "small.toml").write_text(SMALL)
    return tmp_path


def call(*arguments):
    """Returns what a command prints."""
    with contextlib.chdir(Path.cwd()):
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    return done.output


def test_own_studies_are_listed_before_the_packages(folder):
    (folder / "studies" / "convnet.toml").write_text(SMALL.replace("Deep?", "Mine?"))
    listed = {one["name"]: one for one in json.loads(call("studies", "--format", "json"))}
    assert listed["convnet"]["question"] == "Mine?"
    assert set(listed) == {"small", *(path.stem for path in FILES)}
    assert listed["small"] | {"path": ""} == {
        "name": "small",
        "question": "Deep?",
        "time": "a second",
        "course": "Ours",
        "net": "FullyConnectedNet",
        "data": "arrays",
        "other_data": ["digits"],
        "searches": ["learning_rate"],
        "trials": 1,
        "path": "",
    }


def test_each_study_is_a_few_lines_for_people(folder):
    lines = [" ".join(line.split()) for line in call("studies").splitlines()]
    start = lines.index("small Deep?")
    told = ["a second; 1 trial; FullyConnectedNet on arrays", "--data digits", "Ours"]
    assert lines[start + 1 : start + 4] == told


def test_a_file_that_is_no_study_is_named(folder):
    (folder / "studies" / "broken.toml").write_text("[about]\nquestion = 3\n")
    with pytest.raises(StudyFileError, match=r"studies/broken\.toml: not a study file: question: expected"):
        shelf.studies()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_study_of_the_package_says_what_it_asks_and_is_sound_on_each_of_its_data_sets(path):
    one = shelf.read(path)
    assert one.question.endswith(("?", "bug."))
    assert one.time
    assert one.course
    if path.stem.startswith("cifar10-"):
        assert (one.data, one.other_data) == ("cifar10", ())
        return
    assert one.data == "digits"
    assert {"cifar10", "mnist", "fashion-mnist"} <= set(one.other_data)
    for data in one.other_data:
        study = load(path, data=data)
        assert study.remark == ""
        assert study.name == f"{path.stem}-{data}"


@pytest.mark.slow
def test_a_study_on_another_data_set_is_found_by_each_command(folder):
    assert "small-digits: FullyConnectedNet on digits" in call("run", "--study", "small", "--data", "digits")
    assert "1 trial recorded: 1 complete" in call("status", "--study", "small-digits")
    assert "learning_rate" in call("best", "--study", "small-digits")
    saved = StudyFolder(folder / "reports" / "small-digits")
    table = tomllib.loads(saved.study_file.read_text())
    assert table["training"]["epochs"] == 1
    assert not {"on", "about"} & set(table)
    assert "small-digits" in call("run", "--study", "small", "--data", "digits")  # it goes on there
    assert load(saved.study_file).identity() == load(find("small"), data="digits").identity()


def test_what_is_taken_without_a_section_is_said(folder):
    plain = SMALL[: SMALL.index("[on")].replace('source = "arrays"\npath = "none.npz"', 'source = "cifar10"')
    (folder / "studies" / "plain.toml").write_text(plain)
    said = call("plan", "--study", "plain", "--data", "digits")
    assert "studies/plain.toml has no section [on.digits]: its own numbers" in said


def test_the_name_of_a_study_on_a_data_set_leads_to_its_file():
    with pytest.raises(CallError, match="expected --study normalization --data cifar10"):
        find("normalization-cifar10")
