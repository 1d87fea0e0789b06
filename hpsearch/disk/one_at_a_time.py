"""One command at a time changes a file; others wait for their turn.

Two exports at once would each make the tables of a new database, take for a killed one's what the other is
writing, or remove the other's file when they fail. Of two notes at once one would be lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from nets import locks


@contextmanager
def own_turn(place: Path | None) -> Iterator[None]:
    """Waits until no other command writes at a place, and keeps others away meanwhile.

    Args:
        place: a file or a folder; None = a server.

    Raises:
        OSError: the folder that it lies in cannot be written, or knows no locks.
    """
    if place is None:
        yield
        return
    there = place.resolve()
    beside = there.with_name(f".{there.name}.lock")
    with _locked(beside):
        try:
            yield
        finally:
            with suppress(PermissionError):  # Windows keeps it while somebody has it open
                beside.unlink()


def _locked(path: Path) -> TextIO:
    """Returns the open file of that path, locked: the one before, if its owner has removed it, is no lock."""
    while True:
        file = path.open("a", encoding="utf-8")
        locks.lock(file)
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        file.close()
