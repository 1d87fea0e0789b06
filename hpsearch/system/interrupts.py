"""Ctrl-C, held back for a moment or sent again."""

from __future__ import annotations

import _thread
import signal
import sys
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


def send_to_main(thread: int, number: int) -> None:
    """Sends the main thread a signal, so that a call in which it waits is interrupted, where a system can.

    Args:
        thread: the main thread's `threading.get_ident()`.
        number: the signal's.
    """
    if sys.platform == "win32":
        _thread.interrupt_main(signal.Signals(number))
    else:
        signal.pthread_kill(thread, number)
