"""How much memory this process takes, and a limit of it; also how many files it may have open.

For the limit of memory Linux alone is relied on. Its kernel counts the data of a process (RLIMIT_DATA) and
refuses what exceeds it, large arrays included.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LIMIT_NEEDS = "Linux with /proc, whose kernel counts what a process takes"

_STATUS = Path("/proc/self/status")
_fresh_size: list[int] = []  # bytes of data before the first limit


def can_be_limited() -> bool:
    """Says whether `limited` works here."""
    return sys.platform == "linux" and _resource() is not None and _data_size() is not None


@contextmanager
def limited(n_bytes: int) -> Iterator[None]:
    """Makes allocations fail that exceed what the process had at its first limit by so many bytes."""
    if not _fresh_size:
        size = _data_size()
        assert size is not None, "it can be limited"
        _fresh_size.append(size)
    resource = _resource()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_fresh_size[0] + n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def peak() -> int | None:
    """Returns the most bytes of memory that this process ever had; None where that is not known.

    Linux's getrusage takes in what the process was forked from, which may have had far more; what its own
    program had is in /proc.
    """
    own = _status("VmHWM")
    if own is not None:
        return own
    resource = _resource()
    if resource is None:
        return None
    size: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def most_open() -> int | None:
    """Returns how many files this process may have open at once; None where that is not known."""
    resource = _resource()
    if resource is None:
        return None
    soft: int = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft


def _resource() -> Any:
    """Returns Python's module of limits and of what a process took; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    return resource


def _data_size() -> int | None:
    """Returns the bytes of this process's data as Linux counts them."""
    return _status("VmData")


def _status(name: str) -> int | None:
    """Returns one of the numbers of bytes that Linux tells of this process; None where it does not."""
    try:
        status = _STATUS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = status.partition(f"{name}:")[2].split()
    return int(found[0]) * 1024 if found else None
