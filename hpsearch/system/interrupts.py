"""Ctrl-C, held back for a moment."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Holds Ctrl-C back; a process that is started meanwhile inherits that and so never sees one.

    Windows cannot: there a process that is just starting may end by Ctrl-C, which ends its run as well.
    """
    posix: Any = signal
    if not hasattr(posix, "pthread_sigmask"):
        yield
        return
    before = posix.pthread_sigmask(posix.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        posix.pthread_sigmask(posix.SIG_SETMASK, before)
