"""notes.json: read back as it was written, and one line that names a damaged one."""

import threading

import pytest
from click.testing import CliRunner

from hpsearch.cli.note import command
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.notes import Notes
from hpsearch.disk.one_at_a_time import own_turn
from hpsearch.errors import FolderError


def test_notes_are_read_back_as_they_were_written(tmp_path):
    file = tmp_path / "notes.json"
    assert Notes.read(file) == Notes()
    notes = Notes().changed(17, "slow").changed(None, "for the course").changed(3, "odd\nlast")
    notes.write(file)
    assert Notes.read(file) == notes == Notes("for the course", {3: "odd\nlast", 17: "slow"})
    assert list(notes.trials) == [3, 17]  # as `note` shows them, whatever was written first


def test_an_empty_text_removes_a_note():
    notes = Notes("all", {3: "odd", 17: "slow"})
    assert notes.changed(3, "") == Notes("all", {17: "slow"})
    assert notes.changed(None, "") == Notes("", {3: "odd", 17: "slow"})
    assert notes.changed(4, "") == notes


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("[]", "expected an object, but got []"),
        ('{"study": ""}', "trials: missing"),
        ('{"study": "", "trials": {"x": ""}}', "trials: expected numbers of trials, but got 'x'"),
        ('{"study": "", "trials": {"3": 5}}', "3: expected a text, but got 5"),
    ],
)
def test_a_file_of_something_else_is_named(tmp_path, content, what):
    file = tmp_path / "notes.json"
    file.write_text(content)
    with pytest.raises(FolderError) as caught:
        Notes.read(file)
    assert str(caught.value) == f"{file}: damaged ({what}); remove it, or run hpsearch note again"


def test_of_two_notes_at_once_none_is_lost(make_study, tmp_path):
    folder = StudyFolder(tmp_path / "tiny")
    folder.path.mkdir()
    folder.study_file.write_text(make_study().to_toml())
    call = ["--study", str(folder.path), "on the study"]
    second = threading.Thread(target=CliRunner().invoke, args=(command, call))
    with own_turn(folder.notes_file):
        second.start()
        second.join(0.5)
        Notes().changed(3, "on a trial").write(folder.notes_file)
    second.join()
    assert Notes.read(folder.notes_file) == Notes("on the study", {3: "on a trial"})
    assert {path.name for path in folder.path.iterdir()} == {"study.toml", "notes.json"}
