"""Ctrl-C as an exception that arrives: raised within an import it would not.

An extension that is interrupted while it sets itself up says "ImportError: initialization failed", as
SciPy's do; Python swallows what is raised while it forgets a module's lock; and after an import that ran
in C it ends by the signal although the command ended in good order. Libraries are imported late, so all
three are met.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType

from hpsearch.system.interrupts import send_to_main

_SECONDS_LATER = 0.02
_PATIENCE_SECONDS = 5.0


class Interrupt:
    """Raises KeyboardInterrupt for a signal, as soon as the main thread is not within an import.

    An import that lasts for seconds, such as one of a user's own that hangs, is interrupted all the same.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._again: threading.Timer | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Raises it, or has the signal come again in a moment.

        Raises:
            KeyboardInterrupt: now is the time.
        """
        now = time.monotonic()
        if self._again is not None:
            self._again.cancel()  # of two signals within an import one comes again: what follows cleans up
        if self._first is None:
            self._first = now
        if _is_importing(frame) and now - self._first < _PATIENCE_SECONDS:
            self._again = threading.Timer(_SECONDS_LATER, send_to_main, [threading.get_ident(), number])
            self._again.daemon = True
            self._again.start()
            return
        self._first = self._again = None
        raise KeyboardInterrupt


def interrupt_on_signals() -> None:
    """Has a command that is told to end, or whose terminal is closed, clean up as after Ctrl-C.

    Else it would leave temporary folders and half an export. Told a second time it ends at once, and under
    nohup it goes on, as ever.
    """
    interrupt = Interrupt()

    def once(number: int, frame: FrameType | None) -> None:
        try:
            interrupt(number, frame)
        except KeyboardInterrupt:
            signal.signal(number, signal.SIG_DFL)
            raise

    for name, usual, handler in (
        ("SIGINT", signal.default_int_handler, interrupt),
        ("SIGTERM", signal.SIG_DFL, once),
        ("SIGHUP", signal.SIG_DFL, once),
    ):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is usual:
            signal.signal(number, handler)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
