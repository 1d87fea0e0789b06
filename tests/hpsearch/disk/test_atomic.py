"""Files are whole or absent, and a failed write leaves what was there."""

import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.disk import atomic
from hpsearch.errors import FolderError


def raise_full(*_):
    raise OSError(28, "No space left on device")


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "file"
    for content in (b"first", b"", b"second" * 1000):
        atomic.write_bytes(path, content)
        assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("broken", ["replace", "write"])
def test_a_failed_write_keeps_the_file_before_and_leaves_nothing_beside_it(tmp_path, monkeypatch, broken):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    if broken == "replace":
        monkeypatch.setattr(os, "replace", raise_full)
    else:
        monkeypatch.setattr(type(path), "write_bytes", raise_full)
    with pytest.raises(FolderError, match=r"file: cannot be written: No space left on device"):
        atomic.write_bytes(path, b"after")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"before")]


def test_a_reader_that_has_the_file_open_keeps_reading_the_old_one(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with path.open("rb") as reader:
        atomic.write_bytes(path, b"after")
        assert reader.read() == b"before"
    assert path.read_bytes() == b"after"


@pytest.mark.parametrize("place", ["absent/file", "a_file/file"])
def test_a_place_that_cannot_hold_files_is_named(tmp_path, place):
    (tmp_path / "a_file").write_text("no folder")
    with pytest.raises(FolderError, match=f"{place}: cannot be written"):
        atomic.write_text(tmp_path / place, "text")


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(FolderError, match="file: cannot be written"):
        atomic.write_text(tmp_path / "file", "text")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_folders_are_made_with_those_above_them_and_may_be_there(tmp_path):
    atomic.make_folder(tmp_path / "a" / "b")
    atomic.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_where_a_folder_should_be_is_named(tmp_path):
    (tmp_path / "a").write_text("")
    for path in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(FolderError, match=f"{path}: cannot be made: {tmp_path / 'a'} is no folder"):
            atomic.make_folder(path)


def test_a_link_to_nowhere_on_the_way_to_a_folder_is_named(tmp_path):
    (tmp_path / "link").symlink_to("unmounted")
    for path in (tmp_path / "link", tmp_path / "link" / "b"):
        with pytest.raises(FolderError, match="link is a link to unmounted, which is not there"):
            atomic.make_folder(path)


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_is_written_as_utf8_without_translating_line_ends(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "text"
    atomic.write_text(path, text)
    assert path.read_bytes().decode() == text


def test_text_that_utf8_cannot_hold_is_written_all_the_same(tmp_path):
    for i, text in enumerate(("a file name: \udcff", "half a pair: \ud800")):
        atomic.write_text(tmp_path / str(i), text)
        assert text[:11].encode() in (tmp_path / str(i)).read_bytes()


def test_leftovers_of_killed_writers_are_removed_and_other_files_kept(tmp_path):
    for name in (".task.json.123.tmp", ".checkpoint.9.tmp", "notes.tmp", ".hidden", "task.json"):
        (tmp_path / name).write_text("")
    atomic.remove_leftovers(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [".hidden", "notes.tmp", "task.json"]


def test_what_others_may_be_writing_stays(tmp_path):
    for name, age in ((".old.1.tmp", 90), (".new.2.tmp", 0)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    atomic.remove_leftovers(tmp_path, older_than=60)
    assert [one.name for one in tmp_path.iterdir()] == [".new.2.tmp"]
