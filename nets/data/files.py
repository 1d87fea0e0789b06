"""Bytes out of files, folders and archives, never more of them than a small multiple of what is on disk.

`expand` reads a file that may be compressed, `members` the wanted files of a folder or an archive.
Compression is recognized by the first bytes, not by the name.
"""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from nets.data.errors import DataFileError

GZIP, XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
MAX_GROWTH = 50  # published sets grow by at most 10
ALWAYS_ALLOWED = 16 << 20
MAX_XZ_MEMORY = 128 << 20

DAMAGE = (
    ValueError,
    EOFError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
)
"""What Python's readers of compressed files raise at damaged ones."""


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turns what the readers of file formats raise at damage into a `DataFileError` of this path."""
    try:
        yield
    except DataFileError:
        raise
    except (*DAMAGE, OSError) as error:
        if (
            not isinstance(error, DAMAGE) and error.errno != errno.EINVAL
        ):  # a seek to where a false offset says
            raise
        raise DataFileError(path, f"is damaged ({one_line(error)})") from error


def one_line(error: BaseException) -> str:
    """Returns kind and text of an error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def most_bytes(n_on_disk: int) -> int:
    """Returns how many bytes a file of this size may become in memory."""
    return max(ALWAYS_ALLOWED, MAX_GROWTH * n_on_disk)


class Bounded:
    """A stream that refuses to give more than `limit` bytes."""

    def __init__(self, stream: BinaryIO, path: Path, limit: int) -> None:
        self._stream, self._path, self._limit = stream, path, limit
        self._left = limit

    def read(self, size: int = -1) -> bytes:
        """Returns up to `size` bytes, all of them by default.

        Raises:
            DataFileError: the limit is passed.
        """
        wanted = self._left + 1 if size < 0 else min(size, self._left + 1)
        data = self._stream.read(wanted)
        self._left -= len(data)
        if self._left < 0:
            raise DataFileError(self._path, f"unpacks to more than {self._limit} bytes: not read")
        return data


class XzStream(io.RawIOBase):
    """An .xz file unpacked as it is read, in bounded memory (lzma.open would take what the file asks for)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = lzma.LZMADecompressor(memlimit=MAX_XZ_MEMORY)

    def readable(self) -> bool:
        """Returns True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io passes memoryviews
        """Fills the front of `buffer`; returns how many bytes, 0 at the end."""
        while not self._decompressor.eof:
            packed = self._file.read(1 << 16) if self._decompressor.needs_input else b""
            if self._decompressor.needs_input and not packed:
                raise EOFError("the file ends early")
            data = self._decompressor.decompress(packed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0


@contextmanager
def opened(path: Path) -> Iterator[Bounded]:
    """Opens a file, unpacked if it is compressed, bounded by its size on disk.

    Raises:
        DataFileError: it is damaged or unpacks to too much.
        OSError: it cannot be read.
    """
    with damage_named(path), path.open("rb") as file:
        magic = file.read(len(XZ))
        file.seek(0)
        stream: BinaryIO = file
        if magic.startswith(GZIP):
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=file))
        elif magic == XZ:
            stream = cast(BinaryIO, io.BufferedReader(XzStream(file)))
        yield Bounded(stream, path, most_bytes(os.fstat(file.fileno()).st_size))


@contextmanager
def opened_tar(path: Path, else_said: str) -> Iterator[tarfile.TarFile]:
    """Opens a tar archive, to be read from its beginning to its end.

    Args:
        path: the file.
        else_said: what is said of a file that is none.

    Raises:
        DataFileError: it is damaged, none, or packed in a way that is not read here.
        OSError: it cannot be read.
    """
    with opened(path) as stream, ExitStack() as entered:
        try:
            archive = entered.enter_context(tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|"))
        except tarfile.ReadError as error:
            raise DataFileError(path, else_said) from error
        yield archive


def expand(path: Path) -> bytes:
    """Returns the contents of a file, unpacked if it is compressed.

    Raises:
        DataFileError: it is damaged or unpacks to too much.
        OSError: it cannot be read.
    """
    with opened(path) as stream:
        return stream.read()


def members(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, Path, bytes]]:
    """Yields the wanted files of a folder (its own or of the folders in it) or of a tar archive.

    Args:
        path: folder, or archive, plain or compressed.
        wanted: names of files without their folders.

    Yields:
        name, the path to name in errors, contents.

    Raises:
        DataFileError: the archive is damaged, or a wanted file occurs twice.
        OSError: something cannot be read.
    """
    seen: set[str] = set()
    for name, where, contents in (
        members_of_folder(path, wanted) if path.is_dir() else members_of_tar(path, wanted)
    ):
        if name in seen:
            raise DataFileError(where, f"is the second file of the name {name}")
        seen.add(name)
        yield name, where, contents


def members_of_folder(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, Path, bytes]]:
    """Yields the wanted files that lie in the folder, or else those in the folders in it."""
    for pattern in ("*", "*/*"):
        found = [file for file in sorted(path.glob(pattern)) if file.name in wanted and file.is_file()]
        if found:
            break
    for file in found:
        yield file.name, file, expand(file)


def members_of_tar(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, Path, bytes]]:
    """Yields the wanted regular files of a tar archive, in its order."""
    said = "is no tar archive, plain, .gz or .xz (hpsearch data import takes .zip too)"
    with opened_tar(path, said) as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            if name in wanted and member.isreg() and not member.issparse():
                file = archive.extractfile(member)
                assert file is not None  # it is a regular file
                yield name, path / member.name, file.read()
