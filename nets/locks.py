"""The kernel's lock of an open file: held until the file is closed, and dropped when its process dies.

POSIX locks the whole file, against those who lock it too. Windows lets nobody read what is locked, so that
there a byte far behind the file's end stands for it.
"""

from __future__ import annotations

import os
import time
from typing import IO, Any

_FAR_BEHIND = 2**30
_SECONDS_BETWEEN_TRIES = 0.1


def try_to_lock(file: IO[Any]) -> bool:
    """Locks a file that is open for writing; returns False if somebody else has locked it.

    Raises:
        OSError: its file system knows no locks.
    """
    try:
        import fcntl
    except ImportError:
        return _try_to_lock_a_byte(file.fileno())
    posix: Any = fcntl  # type checkers know what it has elsewhere alone
    try:
        posix.flock(file, posix.LOCK_EX | posix.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock(file: IO[Any]) -> None:
    """Waits until a file that is open for writing is locked.

    Raises:
        OSError: its file system knows no locks.
    """
    while not try_to_lock(file):
        time.sleep(_SECONDS_BETWEEN_TRIES)


def _try_to_lock_a_byte(descriptor: int) -> bool:
    import msvcrt

    windows: Any = msvcrt  # and this on Windows alone
    before = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, _FAR_BEHIND, os.SEEK_SET)
    try:
        windows.locking(descriptor, windows.LK_NBLCK, 1)
    except PermissionError:
        return False
    finally:
        os.lseek(descriptor, before, os.SEEK_SET)
    return True
