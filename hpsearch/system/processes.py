"""Processes beside this one: how many suit the machine, started out of reach of Ctrl-C, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from typing import Any


def n_cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def yield_to_others() -> None:
    """Lets other processes of this machine go first, where a process can say so."""
    if hasattr(os, "nice"):
        os.nice(5)


def kill(pid: int) -> None:
    """Ends a process at once, without a word to it: SIGKILL, for which Windows takes any other signal.

    Raises:
        OSError: there is no such process, or it is somebody else's.
    """
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def start_apart(command: Sequence[str], **pipes: Any) -> subprocess.Popen[bytes]:
    """Starts a process that Ctrl-C in this one's terminal does not reach.

    Args:
        command: program and arguments.
        pipes: stdin, stdout and stderr, as `subprocess.Popen` takes them.
    """
    if hasattr(subprocess, "CREATE_NEW_PROCESS_GROUP"):  # Windows
        return subprocess.Popen(command, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP, **pipes)
    return subprocess.Popen(command, process_group=0, **pipes)
