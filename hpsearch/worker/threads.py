"""How many threads the BLAS of a process has: one, unless `--threads` gives it more.

wanted()    how many
used(n)     while it lasts, so many here and in the processes that are started
limit()     gives the BLAS of this process so many

Other numbers of threads share out products otherwise and so may give other bits: they are part of the
environment. The number stands in the environment of the process, since those that it starts inherit that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hpsearch.errors import CallError

VARIABLE = "HPSEARCH_THREADS"
MOST = 1024
_kept: list[tuple[int, Any]] = []  # limits of BLAS threads end when their object does


def wanted() -> int:
    """Returns how many threads the BLAS of this process shall have.

    Raises:
        CallError: the variable holds something else than a number of threads.
    """
    text = os.environ.get(VARIABLE, "1")
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise CallError(f"{VARIABLE}: expected an integer from 1 to {MOST}, but got {text!r}")
    return int(text)


@contextmanager
def used(n_threads: int) -> Iterator[None]:
    """Lets the BLAS of this process and of those that it starts have so many threads, while this lasts."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(n_threads)
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def limit() -> None:
    """Gives the BLAS of this process so many threads as are wanted, and leaves it at that."""
    from threadpoolctl import threadpool_limits

    n_threads = wanted()
    if not _kept or _kept[-1][0] != n_threads:
        _kept.append((n_threads, threadpool_limits(n_threads)))
