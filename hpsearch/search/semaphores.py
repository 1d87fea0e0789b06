"""The named semaphores of loky, about seven a worker, stay known to its tracker.

loky's resource tracker, a process of its own, removes them when the process that made them is gone. A kill
of the whole group takes the tracker along, and they stay in shared memory until the folder that the process
had locked is locked again.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator

from hpsearch.system import semaphores


class Tracker:
    """loky's resource tracker, as this process uses it."""

    def __init__(self) -> None:
        self._pid = self._ensure_running()

    def mend(self) -> None:
        """Starts the tracker anew if it was killed, and tells the new one of the semaphores that are there.

        Else it would print an error for each that this process removes later.
        """
        from joblib.externals.loky.backend import resource_tracker as of_loky

        pid = self._ensure_running()
        if pid != self._pid:
            self._pid = pid
            for path in semaphores.of_process(os.getpid()):
                of_loky.register(f"/{path.name.removeprefix('sem.')}", "semlock")

    @staticmethod
    def _ensure_running() -> int | None:
        from joblib.externals.loky.backend import resource_tracker as of_loky

        with warnings.catch_warnings(), _silent_trackers():
            # that things might leak, which `mend` sees to
            warnings.filterwarnings("ignore", "resource_tracker: process died unexpectedly")
            for tracker in semaphores.trackers():
                tracker.ensure_running()
        pid: int | None = of_loky._resource_tracker._pid
        return pid


@contextlib.contextmanager
def _silent_trackers() -> Iterator[None]:
    """Has trackers that start in this context print nothing when this process is killed.

    They would warn of each semaphore that they then remove, in the midst of what the next command prints.
    """
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [before, "ignore:resource_tracker"]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before
