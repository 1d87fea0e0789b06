"""`run --live`: the page exists from the first trial on and is renewed while the search goes on.

It is written by a process of its own, so that no worker waits for a figure.
"""

from __future__ import annotations

import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.system.processes import start_apart

PAUSE = 4.0
"""For each second that a page takes, the search has so many to itself."""


class LivePage:
    """Renews a study's page now and then, one process at a time.

    Args:
        folder: the study's.
    """

    def __init__(self, folder: StudyFolder) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._n_shown = 0
        self._began = self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def renew(self, n_recorded: int) -> None:
        """Begins a new page if there are new trials and the last page was some time ago."""
        if self._is_at_work() or n_recorded <= self._n_shown or time.monotonic() < self._next:
            return
        self._n_shown, self._began = n_recorded, time.monotonic()
        out, name = self._folder.path.parent, self._folder.name
        command = [sys.executable, "-m", "hpsearch", "report", "--study", name, "--out", str(out), "--live"]
        self._process = start_apart(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def finish(self) -> None:
        """Ends the page that is being written, before the last one is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            for path in (self._folder.path, self._folder.figures):
                atomic.remove_leftovers(path)

    def _is_at_work(self) -> bool:
        if self._process is None:
            return False
        if self._process.poll() is None:
            return True
        now = time.monotonic()
        self._next = now + PAUSE * (now - self._began)
        self._process = None
        return False
