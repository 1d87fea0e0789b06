"""Unpacking: what a good archive holds; nothing from a bad one lands outside the folder."""

from __future__ import annotations

import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from nets.data import DataFileError
from nets.data.archive import unpack
from nets.data.files import XzStream, expand

CONTENTS = {"set/a.txt": b"first", "set/deep/b.bin": bytes(range(256)) * 50, "c": b""}


def write_tar(path: Path, entries: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:gz") -> Path:
    """Writes a tar archive of these entries."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for info, contents in entries:
            info.size = len(contents)
            archive.addfile(info, io.BytesIO(contents))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Returns the description of one entry."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def unpacked(folder: Path) -> dict[str, bytes]:
    """Returns all files below a folder."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_tar_archive_is_unpacked(mode: str, tmp_path: Path) -> None:
    folder = entry("set/deep", tarfile.DIRTYPE), b""
    archive = write_tar(tmp_path / "a", [folder, *((entry(n), c) for n, c in CONTENTS.items())], mode)
    unpack(archive, tmp_path / "out")
    assert unpacked(tmp_path / "out") == CONTENTS


def test_a_zip_archive_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("set/", b"")
        for name, contents in CONTENTS.items():
            archive.writestr(name, contents)
    unpack(tmp_path / "a", tmp_path / "out")
    assert unpacked(tmp_path / "out") == CONTENTS


OUTSIDE = ["../evil", "{tmp_path}/evil", "set/../../evil", "..", ".", "C:/evil", "C:evil"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_nothing_leaves_the_folder(kind: str, name: str, tmp_path: Path) -> None:
    archive, name = tmp_path / "a", name.format(tmp_path=tmp_path)
    if kind == "tar":
        write_tar(archive, [(entry(name), b"evil")])
    else:
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr(zipfile.ZipInfo(name), b"evil")
    (tmp_path / "in").mkdir()
    with pytest.raises(DataFileError, match="which leaves the folder: not unpacked"):
        unpack(archive, tmp_path / "in" / "out")
    assert {path.name for path in tmp_path.rglob("*")} <= {"a", "in", "out"}


@pytest.mark.parametrize("name", ["set\\file", "..\\evil"])
def test_names_that_have_folders_on_windows_alone_are_refused(name: str, tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a", [(entry(name), b"evil")])
    with pytest.raises(DataFileError, match=re.escape(f"{name!r}: not unpacked; expected / between folders")):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a", [(entry("set", kind, "/etc"), b""), (entry("set/passwd"), b"evil")])
    with pytest.raises(DataFileError, match="'set', which is no plain file"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("set")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr(info, "/etc")
    with pytest.raises(DataFileError, match="'set', which is no plain file"):
        unpack(tmp_path / "a", tmp_path / "out")


def test_a_file_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a", [(entry("x"), b"1"), (entry("x"), b"2")])
    with pytest.raises(DataFileError, match="holds 'x' twice"):
        unpack(archive, tmp_path / "out")


def test_a_file_that_is_a_folder_too_is_refused(tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a", [(entry("x"), b"1"), (entry("x/y"), b"2")])
    with pytest.raises(DataFileError, match="holds 'x/y' twice"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("mode", ["w:gz", "w:xz"])
def test_a_tar_bomb_is_not_unpacked(mode: str, tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a", [(entry("zeros"), bytes(20_000_000))], mode)
    with pytest.raises(DataFileError, match=r": not (unpacked|read)"):
        unpack(archive, tmp_path / "out")
    assert sum(map(len, unpacked(tmp_path / "out").values())) < 17_000_000


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(20_000_000))
    with pytest.raises(DataFileError, match="unpacks to too much"):
        unpack(tmp_path / "a", tmp_path / "out")
    assert not unpacked(tmp_path / "out")


def test_a_zip_that_lies_about_a_size_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(5000))
    contents = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(contents.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little")))
    with pytest.raises(DataFileError, match="is damaged"):
        unpack(tmp_path / "a", tmp_path / "out")
    assert all(len(written) <= 50 for written in unpacked(tmp_path / "out").values())


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_truncated_archive_is_an_error(mode: str, tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a", [(entry(n), c) for n, c in CONTENTS.items()], mode)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 3])
    with pytest.raises(DataFileError, match="is damaged"):
        unpack(archive, tmp_path / "out")


def test_what_is_no_archive_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("<html>404 not found</html>")
    with pytest.raises(DataFileError, match=r"a: is neither a \.zip nor a tar archive"):
        unpack(tmp_path / "a", tmp_path / "out")


def test_an_xz_file_that_asks_for_four_gigabytes_is_refused(tmp_path: Path) -> None:
    packed = bytearray(lzma.compress(b"x"))
    size = 4 * (packed[12] + 1)
    assert (
        packed[14:16] == b"\x21\x01"
    )  # the filter LZMA2, with one byte of properties: the dictionary's size
    packed[16] = 40
    packed[12 + size - 4 : 12 + size] = zlib.crc32(packed[12 : 12 + size - 4]).to_bytes(4, "little")
    (tmp_path / "a").write_bytes(packed)
    with pytest.raises(DataFileError, match="Memory usage limit"):
        expand(tmp_path / "a")


def test_an_xz_stream_gives_what_was_packed_whatever_the_sizes_asked_for(tmp_path: Path) -> None:
    contents = bytes(range(256)) * 700
    stream = io.BufferedReader(XzStream(io.BytesIO(lzma.compress(contents))), buffer_size=100)
    pieces = [stream.read(size) for size in (1, 0, 99, 1000, 100_000, 1_000_000, 5)]
    assert b"".join(pieces) == contents
