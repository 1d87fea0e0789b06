"""How files get to the disk: what each system needs beside Python's own."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

_PAUSES = (0.01, 0.05, 0.2, 0.5) if sys.platform == "win32" else ()


def replace(source: Path, target: Path) -> None:
    """Renames a file to `target`, over one that may be there.

    Windows refuses while somebody has that one open, so that there a reader's moment is waited for.

    Raises:
        OSError: it cannot be renamed.
    """
    for pause in _PAUSES:
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(source, target)


def open_to_append(path: Path) -> int:
    """Opens a file whose writes go behind its end, byte for byte; returns its descriptor.

    Raises:
        OSError: it cannot be opened.
    """
    binary = getattr(os, "O_BINARY", 0)  # else Windows would write another end of line
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | binary, 0o644)


def sync_folder(path: Path) -> None:
    """Asks that the names of a folder be on disk when this returns; some systems sync no folders."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
