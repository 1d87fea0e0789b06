"""Output that nobody reads: of `hpsearch run >&-`, closed from the start, and of `hpsearch run | head`."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}


def open_what_is_closed() -> None:
    """Opens the standard streams that the caller closed, onto nothing.

    Python has None in their places. And their numbers are free: the next file to be opened, such as the
    journal, would get one, and all that a library or a worker prints would go into it.
    """
    while (devnull := os.open(os.devnull, os.O_RDWR)) < len(_STREAMS):  # it gets the lowest free number
        os.set_inheritable(devnull, True)
    os.close(devnull)
    for number, (name, mode) in enumerate(_STREAMS.items()):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def silence(stream: TextIO) -> None:
    """Throws away what is printed on a stream from now on."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)


class Lasting:
    """A stream that outlives its reader: what is printed after that is thrown away.

    What a command does is worth more than its words: a look that is in the ledger belongs on the page too.
    A reader is gone when a pipe is closed, as by `head`, or a terminal, which SIGHUP does not tell everybody.
    """

    def __init__(self, behind: TextIO) -> None:
        self._behind = behind
        self._gone = (errno.EPIPE, errno.EIO) if behind.isatty() else (errno.EPIPE,)

    def write(self, text: str) -> int:
        """Writes text and returns its length."""
        with self._outlived():
            self._behind.write(text)
        return len(text)

    def flush(self) -> None:
        """Has the reader get what was written."""
        with self._outlived():
            self._behind.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    @contextmanager
    def _outlived(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in self._gone:
                raise
            silence(self._behind)
