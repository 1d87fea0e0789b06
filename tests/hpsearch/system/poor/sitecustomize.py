"""Takes from every process that has this folder on its path what Linux alone, or POSIX alone, has.

No fcntl (but Windows' msvcrt in its place), no resource, no prctl, nothing to read in /proc, no
semaphores in /dev/shm to list, no signal mask, no nice. What is still Linux here: how processes are
started and ended, paths, and what sys.platform says.
"""

import builtins
import ctypes
import fcntl
import io
import os
import pathlib
import signal
import struct
import subprocess  # noqa: F401  it takes a system that has msvcrt for Windows
import sys
import types


def locking(descriptor, mode, n_bytes):
    """Locks bytes from the place of the descriptor on, against all others, as on Windows."""
    try:
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
        flock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, start, n_bytes, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, flock)
    except BlockingIOError as error:
        raise PermissionError(13, "Permission denied") from error


class Missing:
    """Finds no module of these names."""

    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class CDLL(ctypes.CDLL):
    """A C library without prctl."""

    def __getattr__(self, name):
        if name == "prctl":
            raise AttributeError(name)
        return super().__getattr__(name)


def without_proc(function):
    def guarded(file, *arguments, **options):
        if str(file).startswith("/proc") and not str(file).endswith("/maps"):  # threadpoolctl reads those
            raise PermissionError(13, "Permission denied", str(file))
        return function(file, *arguments, **options)

    return guarded


def without_shared_memory(glob):
    return lambda self, *arguments, **options: () if str(self) == "/dev/shm" else glob(self, *arguments)


msvcrt = types.ModuleType("msvcrt")
msvcrt.locking, msvcrt.LK_NBLCK = locking, 2
sys.modules["msvcrt"] = msvcrt
for name in ("fcntl", "resource"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
ctypes.CDLL = CDLL
builtins.open = io.open = without_proc(io.open)
pathlib.Path.glob = without_shared_memory(pathlib.Path.glob)
del signal.pthread_sigmask, os.nice
