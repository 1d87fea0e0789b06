"""What runs in a worker process: its start, and one task after the other.

A worker has one BLAS thread for good. One of hpsearch's own also ignores Ctrl-C (the coordinator decides)
and dies with its coordinator. One of a cluster may see another file system: what a trial leaves then
goes to a scratch folder, and what is kept of it comes back with the outcome.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import STOPPED, TrialOutcome
from hpsearch.worker import environment
from hpsearch.worker.coordinator import Coordinator
from hpsearch.worker.task import TrialTask
from hpsearch.worker.trial import train_trial

_PR_SET_PDEATHSIG = 1
_kept: list[Any] = []  # limits of BLAS threads end when their object does
_parents: list[int] = []  # the process that this one must not outlive
_fresh_size: list[int] = []  # bytes of data before the first trial
_training = threading.Lock()
# what the process imported, whatever has become of the net's file since
_own_environment = cache(environment.describe_worker)


def start(parent: int) -> None:
    """Prepares a fresh worker process; `parent` is the process that it must not outlive."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.stdout is not None and sys.stderr is not None:  # the caller may have closed them
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what nets print is no part of a command's output
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    limit_blas_threads()
    _parents.append(parent)
    _exit_if_orphaned()


def limit_blas_threads() -> None:
    """Gives the BLAS of this process one thread, never to be restored: other counts give other bits."""
    from threadpoolctl import threadpool_limits

    if not _kept:
        _kept.append(threadpool_limits(1))


@dataclass(frozen=True)
class Finished:
    """What comes back of a trial.

    Attributes:
        outcome: how it ended.
        weights: the file of the best epoch's net, if it should be kept and could not be put in place.
        hits: the file of its validation hits, if it could not be put in place.
        layers: that of what its layers did, likewise.
    """

    outcome: TrialOutcome
    weights: bytes | None = None
    hits: bytes | None = None
    layers: bytes | None = None


def run_task(
    task: TrialTask, folder: TrialFolder, coordinator: Coordinator, memory: int | None = None
) -> Finished:
    """Trains one trial; see `train_trial`.

    Args:
        task: the trial.
        folder: where it leaves checkpoints and weights, if that is seen from here; an absolute path.
        coordinator: who gave it.
        memory: bytes that the trial may have beyond those of a fresh worker; None = no limit.

    Raises:
        HpsearchError: the process is not fit: it trains another trial, or would give other bits.
    """
    if not _training.acquire(blocking=False):
        raise HpsearchError(f"{_here()}: two trials at once in one process; expected one thread a worker")
    try:
        limit_blas_threads()
        # a notebook's class may change under its name
        describe = _own_environment if task.own is None else environment.describe_worker
        others = environment.difference(coordinator.environment, describe(task.net_kind))
        if others:
            raise HpsearchError(f"{_here()} would give other bits than its coordinator: {'; '.join(others)}")
        with _memory_limited(memory):
            finished = _train(task, folder, coordinator)
    finally:
        _training.release()
    reason = finished.outcome.reason
    if memory is not None and reason.startswith("MemoryError"):
        reason = f"needed more memory than {memory / 2**20:g} MB (--trial-memory): {reason}"
    outcome = replace(finished.outcome, reason=reason, environment=coordinator.fingerprint)
    return replace(finished, outcome=outcome)


def _train(task: TrialTask, folder: TrialFolder, coordinator: Coordinator) -> Finished:
    """Trains a trial where the coordinator sees it, or apart; not if a stop was asked for while it waited."""

    def should_stop() -> bool:
        _exit_if_orphaned()
        return coordinator.wants_a_stop() or not coordinator.holds_its_lock()

    if coordinator.wants_a_stop():
        return Finished(TrialOutcome(task.number, STOPPED, ()))
    if coordinator.holds_its_lock():
        return Finished(train_trial(task, folder, should_stop))
    with tempfile.TemporaryDirectory(prefix="hpsearch-") as scratch:
        apart = TrialFolder(Path(scratch))
        outcome = train_trial(task, apart, lambda: False)
        return Finished(outcome, *(_content(path) for path in (apart.weights, apart.hits, apart.layers)))


def _content(path: Path) -> bytes | None:
    """Returns what a file holds; None if there is none."""
    return path.read_bytes() if path.exists() else None


def _here() -> str:
    return f"worker {os.getpid()} on {socket.gethostname()}"


@contextmanager
def _memory_limited(memory: int | None) -> Iterator[None]:
    """Makes allocations fail that would exceed a limit; the kernel counts the process's own data."""
    if memory is None:
        yield
        return
    if not _fresh_size:
        status = Path("/proc/self/status").read_text()
        _fresh_size.append(int(status.partition("VmData:")[2].split()[0]) * 1024)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_fresh_size[0] + memory, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _exit_if_orphaned() -> None:
    if _parents and os.getppid() != _parents[0]:
        os._exit(1)
