"""Output that nobody reads: of `hpsearch run >&-`, closed from the start, and of `hpsearch run | head`."""

from __future__ import annotations

import os
import sys

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


def silence_stdout() -> None:
    """Throws away what is printed from now on."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
