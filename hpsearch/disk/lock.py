"""A lock file that names its owner; the lock is the kernel's and vanishes with its process."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from pathlib import Path
from typing import TextIO

from hpsearch.system import semaphores
from nets import locks


def claim(path: Path) -> TextIO | None:
    """Returns the file, locked until it is closed, with this process as its owner; None if another has it.

    Raises:
        OSError: it cannot be written or locked.
    """
    file = path.open("a+", encoding="utf-8")
    try:
        is_ours = locks.try_to_lock(file)
    except OSError:
        file.close()
        raise
    if not is_ours:
        file.close()
        return None
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()} since {since}\n")
    file.flush()
    return file


def owner(path: Path) -> str:
    """Returns the process that holds the lock, or held it last; empty if there is no such file here."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def remove_semaphores(owner: str) -> None:
    """Removes the named semaphores that the dead owner of a lock left in the shared memory of this machine.

    Args:
        owner: as `owner` names it; one that lives, or lived on another machine, keeps its own.
    """
    found = re.match(r"process (\d+) on (\S+) since", owner)
    if found is None or found[2] != socket.gethostname():
        return
    for path in semaphores.left_by_dead(int(found[1])):
        # another user's, with the number of ours
        with contextlib.suppress(FileNotFoundError, PermissionError):
            path.unlink()
