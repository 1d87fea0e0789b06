"""Files of JSON lines: appended whole or not at all, read beside the writer, repaired after a kill."""

import errno
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.disk import lines
from hpsearch.errors import FolderError

ROWS = [{"a": 1}, {"text": "caf\u00e9 \u2028 \U0001f600"}, {"b": [1.5, None]}]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.jsonl"
    lines.append(path, [json.dumps(row, ensure_ascii=False) for row in ROWS])
    return path


def test_what_was_appended_is_read(path):
    assert lines.read_json(path) == ROWS
    lines.append(path, ["{}"])
    assert lines.read_json(path) == [*ROWS, {}]
    assert path.read_bytes().endswith(b"\n{}\n")


def test_no_file_and_an_empty_one_have_no_lines(tmp_path):
    assert lines.read_json(tmp_path / "absent") == []
    (tmp_path / "empty").write_bytes(b"")
    assert lines.read_json(tmp_path / "empty") == []
    lines.cut_to_whole_lines(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_a_last_line_cut_at_any_byte_does_not_count_and_is_cut_off_before_the_next(path):
    whole = path.read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        assert lines.read_json(path) == ROWS[:-1]
        assert path.read_bytes() == whole[:end], "readers write nothing"
        lines.cut_to_whole_lines(path)
        lines.append(path, ["{}"])
        assert lines.read_json(path) == [*ROWS[:-1], {}]


def test_whole_files_are_left_alone(path):
    before = path.read_bytes(), path.stat().st_mtime_ns
    lines.cut_to_whole_lines(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "line", [b"{", b"", b"not json", b"[1]", b"3", b"null", b"\xff\xfe", b"\0\0\0", b"{}{}"]
)
def test_a_damaged_line_is_named(path, line):
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(first + b"\n" + line + b"\n" + rest)
    with pytest.raises(FolderError, match=r"file\.jsonl: line 2 is damaged: "):
        lines.read_json(path)


class Disk:
    """A disk on which `os.write` writes `sizes` bytes in turn, and then fails."""

    def __init__(self, *sizes, error=errno.ENOSPC):
        self.sizes, self.error, self.write = list(sizes), error, os.write

    def __call__(self, descriptor, content):
        if not self.sizes:
            raise OSError(self.error, os.strerror(self.error))
        return self.write(descriptor, content[: self.sizes.pop(0)])


@pytest.mark.parametrize("sizes", [[], [1], [5, 3], [0, 2]])
def test_an_append_that_fails_leaves_the_file_as_it_was(path, monkeypatch, sizes):
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", Disk(*sizes))
        with pytest.raises(FolderError, match=r"file\.jsonl: cannot be written: No space left on device"):
            lines.append(path, ['{"long": "enough"}', "{}"])
    assert path.read_bytes() == before
    lines.append(path, ["{}"])
    assert lines.read_json(path) == [*ROWS, {}]


def test_an_append_whose_fsync_fails_leaves_the_file_as_it_was(path, monkeypatch):
    before = path.read_bytes()

    def fail(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FolderError, match="Input/output error"):
        lines.append(path, ["{}"])
    assert path.read_bytes() == before


def test_short_writes_are_gone_on_with(path, monkeypatch):
    monkeypatch.setattr(os, "write", Disk(*[1, 2, 3] * 50))
    lines.append(path, ['{"long": "enough to need many writes"}'])
    assert lines.read_json(path) == [*ROWS, {"long": "enough to need many writes"}]


def test_an_append_is_on_disk_when_it_returns(path, monkeypatch):
    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(path.read_bytes()), fsync(descriptor)))
    lines.append(path, ["{}", "{}"])
    assert synced == [path.read_bytes()]


def test_the_name_of_a_new_file_is_on_disk_too(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(lines, "sync_folder", synced.append)
    for _ in range(2):
        lines.append(tmp_path / "new.jsonl", ["{}"])
    assert synced == [tmp_path]


def test_no_descriptor_is_left_open(path, monkeypatch):
    before = len(os.listdir("/proc/self/fd"))
    lines.append(path, ["{}"])
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", Disk())
        with pytest.raises(FolderError):
            lines.append(path, ["{}"])
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    "work", [lines.read_json, lines.cut_to_whole_lines, lambda path: lines.append(path, ["{}"])]
)
def test_a_path_that_is_no_file_is_named(tmp_path, work):
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_text("")
    for path in (tmp_path / "folder", tmp_path / "plain" / "inside"):
        with pytest.raises(FolderError, match=f"{path}: cannot be "):
            work(path)


rows = st.lists(
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=9), max_size=3)
)


@settings(max_examples=30)
@given(rows, rows, st.binary(max_size=20).map(lambda rest: rest.replace(b"\n", b"")))
def test_anything_torn_between_two_writers_is_lost_alone(tmp_path_factory, first, second, torn):
    path = tmp_path_factory.mktemp("lines") / "file"
    lines.append(path, [json.dumps(row) for row in first])
    with path.open("ab") as file:
        file.write(torn)
    assert lines.read_json(path) == first
    lines.cut_to_whole_lines(path)
    lines.append(path, [json.dumps(row) for row in second])
    assert lines.read_json(path) == first + second


def test_a_last_line_that_lost_its_newline_is_kept_by_mending_and_a_torn_one_is_not(tmp_path):
    path = tmp_path / "ledger.jsonl"
    lines.mend(path)
    assert not path.exists()
    path.write_bytes(b'{"a": 1}\n{"b": 2}')
    assert lines.unended(path) == [{"b": 2}]
    lines.mend(path)
    assert path.read_bytes() == b'{"a": 1}\n{"b": 2}\n'
    assert lines.unended(path) == []
    lines.mend(path)
    assert path.read_bytes() == b'{"a": 1}\n{"b": 2}\n'
    path.write_bytes(b'{"a": 1}\n{"b": 2')
    lines.mend(path)
    assert path.read_bytes() == b'{"a": 1}\n'
