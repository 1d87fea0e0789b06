"""A process that must not outlive its parent.

On Linux the kernel ends it. Elsewhere a thread does: on Windows one that waits for the parent's handle, on
other systems one that looks each second who the parent is.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9  # which Windows does not name
_SYNCHRONIZE = 0x00100000  # the right to wait for a process
_FOR_EVER = 0xFFFFFFFF
_SECONDS_BETWEEN_LOOKS = 1.0
_parents: list[int] = []


def follow_parent(parent: int) -> None:
    """Has this process end when `parent` does, from now on; it ends at once if that is gone already."""
    if sys.platform == "win32":
        _watch(_end_with, ctypes.WinDLL("kernel32"), parent)
        return
    _parents.append(parent)
    if not _kernel_ends_it():
        _watch(_look_again_and_again)
    exit_if_orphaned()


def exit_if_orphaned() -> None:
    """Ends this process if the parent that it follows is gone: for between two steps of work."""
    if _parents and os.getppid() != _parents[0]:
        os._exit(1)


def _kernel_ends_it() -> bool:
    """Asks Linux to; returns whether it will."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return prctl is not None and prctl(_PR_SET_PDEATHSIG, _SIGKILL) == 0


def _watch(function: Callable[..., None], *arguments: Any) -> None:
    threading.Thread(target=function, args=arguments, name="watches the parent", daemon=True).start()


def _look_again_and_again() -> None:
    while True:
        exit_if_orphaned()
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _end_with(kernel: Any, parent: int) -> None:
    """Waits for a process of Windows, where a child's parent keeps its number when it is gone, and ends."""
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, parent)
    if handle is not None:
        kernel.WaitForSingleObject(handle, _FOR_EVER)
    os._exit(1)
