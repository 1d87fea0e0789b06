"""Output whose reader has gone, as that of `hpsearch run | head`."""

from __future__ import annotations

import os
import sys


def silence_stdout() -> None:
    """Throws away what is printed from now on."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
