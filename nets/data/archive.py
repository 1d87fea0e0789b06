"""Archives unpacked safely: nothing outside the folder, no links or devices, a bounded size."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO, NamedTuple

from nets.data.errors import DataFileError
from nets.data.files import damage_named, most_bytes, opened_tar

MAX_FILES = 1_000_000


class Entry(NamedTuple):
    """One regular file in an archive.

    Attributes:
        name: its path in the archive.
        size: its bytes, as the archive says.
        contents: a stream of them; only until the next entry is asked for.
    """

    name: str
    size: int
    contents: IO[bytes]


def unpack(archive: Path, folder: Path) -> None:
    """Writes the files of a tar archive (plain, .gz or .xz) or a .zip below `folder`.

    Raises:
        DataFileError: the archive is damaged or too large, leaves the folder, or holds links or devices.
        OSError: something cannot be read or written.
    """
    left = most_bytes(archive.stat().st_size)
    with damage_named(archive):
        for number, entry in enumerate(entries(archive)):
            left -= entry.size
            if left < 0 or number >= MAX_FILES:
                raise DataFileError(archive, "unpacks to too much: not unpacked")
            target = folder / safe_name(archive, entry.name)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                file = target.open("xb")
            except (FileExistsError, NotADirectoryError) as error:
                raise DataFileError(archive, f"holds {entry.name!r} twice: not unpacked") from error
            with file:
                copy(entry, file)


def copy(entry: Entry, file: BinaryIO) -> None:
    """Writes the contents of an entry.

    Raises:
        ValueError: they are not as long as the archive says.
    """
    left = entry.size + 1
    while left and (block := entry.contents.read(min(left, 1 << 20))):
        file.write(block)
        left -= len(block)
    if left != 1:
        raise ValueError(f"{entry.name} has not the {entry.size} bytes that the archive says")


def entries(archive: Path) -> Iterator[Entry]:
    """Yields the regular files of an archive.

    Raises:
        DataFileError: it holds something that is neither file nor folder.
    """
    return zip_entries(archive) if zipfile.is_zipfile(archive) else tar_entries(archive)


def tar_entries(archive: Path) -> Iterator[Entry]:
    """Yields the regular files of a tar archive."""
    with opened_tar(archive, "is neither a .zip nor a tar archive, plain, .gz or .xz") as tar:
        for member in tar:
            if member.isdir():
                continue
            if not member.isreg() or member.issparse():
                raise DataFileError(archive, f"holds {member.name!r}, which is no plain file: not unpacked")
            contents = tar.extractfile(member)
            assert contents is not None  # it is a regular file
            yield Entry(member.name, member.size, contents)


def zip_entries(archive: Path) -> Iterator[Entry]:
    """Yields the regular files of a .zip."""
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.filename.endswith("/"):
                continue
            if kind not in (0, stat.S_IFREG):
                raise DataFileError(archive, f"holds {info.filename!r}, which is no plain file: not unpacked")
            with zipped.open(info) as contents:
                yield Entry(info.filename, info.file_size, contents)


def safe_name(archive: Path, name: str) -> PurePosixPath:
    """Returns the path of an entry below the folder that is unpacked into.

    Raises:
        DataFileError: it would lie outside on some system, or in no folder on others than Windows.
    """
    if "\\" in name:
        raise DataFileError(archive, f"holds {name!r}: not unpacked; expected / between folders and file")
    path = PurePosixPath(name)
    if PureWindowsPath(name).anchor or ".." in path.parts or not path.parts:
        raise DataFileError(archive, f"holds {name!r}, which leaves the folder: not unpacked")
    return path
