"""notes.json: read back as it was written, and one line that names a damaged one."""

import pytest

from hpsearch.disk.notes import Notes
from hpsearch.errors import FolderError


def test_notes_are_read_back_as_they_were_written(tmp_path):
    file = tmp_path / "notes.json"
    assert Notes.read(file) == Notes()
    notes = Notes().changed(17, "slow").changed(None, "for the course").changed(3, "odd\nlast")
    notes.write(file)
    assert Notes.read(file) == notes == Notes("for the course", {3: "odd\nlast", 17: "slow"})


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
