"""Named semaphores in shared memory, where Linux shows them as files.

Elsewhere they cannot be listed: macOS keeps those of a run that was killed whole until the machine
starts again; those of Windows vanish with their processes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

SHARED_MEMORY = Path("/dev/shm")


def of_process(pid: int) -> list[Path]:
    """Returns the files of the semaphores that loky made in a process; none where they are no files."""
    return list(SHARED_MEMORY.glob(f"sem.loky-{pid}-*"))


def trackers() -> list[ModuleType]:
    """Returns whose processes remove a dead one's semaphores: loky's, and Python's but on Windows."""
    from joblib.externals.loky.backend import resource_tracker as of_loky

    if sys.platform == "win32":
        return [of_loky]
    from multiprocessing import resource_tracker

    return [resource_tracker, of_loky]


def left_by_dead(pid: int) -> list[Path]:
    """Returns the files of the semaphores of a process that is gone; none if it lives."""
    found = of_process(pid)
    return found if found and not _lives(pid) else []


def _lives(pid: int) -> bool:
    """Says whether a process is there. Never asked on Windows, where the question would end it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
