"""Files that are whole or absent: written beside their place, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from hpsearch.errors import UnwritableError
from hpsearch.system.files import replace


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file so that a reader sees all of it or the one before.

    Raises:
        UnwritableError: it cannot be written; the file before is untouched.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(content)
        replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise UnwritableError(f"{path}: cannot be written: {error.strerror or error}") from error


def write_text(path: Path, content: str) -> None:
    """Writes a UTF-8 text file as `write_bytes` does; what UTF-8 cannot hold is written as an escape."""
    write_bytes(path, content.encode("utf-8", "backslashreplace"))


def make_folder(path: Path) -> None:
    """Makes a folder and those above it, unless it is there.

    Raises:
        UnwritableError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = _in_the_way(path) or error.strerror or error
        raise UnwritableError(f"{path}: cannot be made: {why}") from error


def _in_the_way(path: Path) -> str:
    """Returns what is no folder where one is to be made; empty if nothing is in the way."""
    for one in (*reversed(path.parents), path):
        if one.is_symlink() and not one.exists():
            return f"{one} is a link to {one.readlink()}, which is not there"
        if one.exists() and not one.is_dir():
            return f"{one} is no folder"
    return ""


def remove_leftovers(folder: Path, older_than: float = 0.0) -> None:
    """Removes what killed writers left beside the files of a folder.

    Args:
        folder: its own files are looked at.
        older_than: seconds since they were written; above 0 where others may be at work in the folder.
    """
    for leftover in folder.glob(".*.tmp"):
        with contextlib.suppress(FileNotFoundError):  # it has been renamed into its place
            if time.time() - leftover.stat().st_mtime >= older_than:
                leftover.unlink()
