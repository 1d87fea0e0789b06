"""Files of JSON lines with one writer: appended whole or not at all, and read beside the writer.

A line counts once its newline is there. A killed writer can leave a torn one after the last newline;
readers pass over it, and the next writer cuts it off before it appends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpsearch.errors import FolderError
from hpsearch.system.files import open_to_append, sync_folder


def read_json(path: Path) -> list[dict[str, Any]]:
    """Returns the parsed lines; none if there is no file.

    Raises:
        FolderError: the file cannot be read, or a whole line of it is no JSON object.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FolderError(f"{path}: cannot be read: {error.strerror}") from error
    found = []
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].split(b"\n")[:-1], start=1):
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise FolderError(f"{path}: line {number} is damaged: {error}") from error
        if not isinstance(found[-1], dict):
            raise FolderError(f"{path}: line {number} is damaged: expected a JSON object")
    return found


def whole(path: Path) -> bytes:
    """Returns what stands up to the last newline.

    Raises:
        FolderError: the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FolderError(f"{path}: cannot be read: {error.strerror}") from error
    return content[: content.rfind(b"\n") + 1]


def count(path: Path) -> int:
    """Returns the number of whole lines, without reading what they say; 0 if there is no file."""
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def cut_to_whole_lines(path: Path) -> None:
    """Cuts off what stands after the last newline.

    Raises:
        FolderError: the file cannot be read or cut.
    """
    try:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
    except FileNotFoundError:
        return
    except OSError as error:
        raise FolderError(f"{path}: cannot be repaired: {error.strerror}") from error


def mend(path: Path) -> None:
    """Ends a last line that is whole but for its newline; what is torn is cut off.

    For files whose lines nobody could make again.

    Raises:
        FolderError: the file cannot be read or mended.
    """
    if unended(path):
        append(path, [""])
    else:
        cut_to_whole_lines(path)


def unended(path: Path) -> list[dict[str, Any]]:
    """Returns the JSON object that stands after the last newline, if it is a whole one."""
    try:
        last = json.loads(path.read_bytes().rpartition(b"\n")[2])
    except (FileNotFoundError, ValueError, RecursionError):
        return []
    return [last] if isinstance(last, dict) else []


def append(path: Path, texts: Sequence[str]) -> None:
    """Appends lines, which are on disk when this returns; after a failure the file is as it was.

    Raises:
        FolderError: they cannot be written.
    """
    content = "".join(f"{text}\n" for text in texts).encode()
    try:
        descriptor = open_to_append(path)
        try:
            is_new = os.fstat(descriptor).st_size == 0
            _append_or_undo(descriptor, content)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(path.parent)
    except OSError as error:
        raise FolderError(f"{path}: cannot be written: {error.strerror}") from error


def _append_or_undo(descriptor: int, content: bytes) -> None:
    before = os.fstat(descriptor).st_size
    try:
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, before)
        raise
