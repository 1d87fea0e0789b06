"""`run --live`: the page exists from the first trial on and is renewed while the search goes on.

It is written by a process of its own, so that no worker waits for a figure.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
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
        self._ready: subprocess.Popen[bytes] | None = None  # has its imports, and waits for a word
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
        if self._ready is None and not self._n_shown:
            self._ready = self._start()
        if self._is_at_work() or n_recorded <= self._n_shown or time.monotonic() < self._next:
            return
        self._n_shown, self._began = n_recorded, time.monotonic()
        self._process, self._ready = self._ready or self._start(), None
        assert self._process.stdin is not None, "it was started with a pipe"
        with suppress(BrokenPipeError):  # it died
            self._process.stdin.write(b"\n")
            self._process.stdin.close()

    def finish(self) -> None:
        """Ends the page that is being written, before the last one is."""
        for process in filter(None, (self._process, self._ready)):
            process.kill()
            process.communicate()
            for path in (self._folder.path, self._folder.figures):
                atomic.remove_leftovers(path)
        self._process = self._ready = None

    def _start(self) -> subprocess.Popen[bytes]:
        out, name = self._folder.path.parent, self._folder.name
        command = [sys.executable, "-m", "hpsearch", "report", "--study", name, "--out", str(out), "--live"]
        return start_apart(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def _is_at_work(self) -> bool:
        if self._process is None:
            return False
        if self._process.poll() is None:
            return True
        now = time.monotonic()
        self._next = now + PAUSE * (now - self._began)
        self._process = None
        return False
