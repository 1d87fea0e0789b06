"""What runs in a worker process: its start, and one task after the other.

A worker has one BLAS thread for good, ignores Ctrl-C (the coordinator decides), and dies with its
coordinator.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hpsearch.records import TrialOutcome
from hpsearch.trial import TrialTask, train_trial
from hpsearch.trialfolder import TrialFolder

STOP_FILE = "stop"
_PR_SET_PDEATHSIG = 1
_kept: list[Any] = []  # limits of BLAS threads end when their object does
_coordinators: list[int] = []
_fresh_size: list[int] = []  # bytes of data before the first trial


def start(coordinator: int) -> None:
    """Prepares a fresh worker process; `coordinator` is the process that it must not outlive."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    limit_blas_threads()
    _coordinators.append(coordinator)
    _exit_if_orphaned()


def limit_blas_threads() -> None:
    """Gives the BLAS of this process one thread, never to be restored: other counts give other bits."""
    from threadpoolctl import threadpool_limits

    if not _kept:
        _kept.append(threadpool_limits(1))


def run_task(
    task: TrialTask, study_folder: str, trial_folder: str, memory: int | None = None
) -> TrialOutcome:
    """Trains one trial; see `train_trial`.

    Args:
        task: the trial.
        study_folder: where the stop file appears.
        trial_folder: where the trial leaves checkpoints and weights.
        memory: bytes that the trial may have beyond those of a fresh worker; None = no limit.
    """
    limit_blas_threads()
    stop_file = Path(study_folder) / STOP_FILE

    def should_stop() -> bool:
        _exit_if_orphaned()
        return stop_file.exists()

    with _memory_limited(memory):
        outcome = train_trial(task, TrialFolder(Path(trial_folder)), should_stop)
    if memory is not None and outcome.reason.startswith("MemoryError"):
        reason = f"needed more memory than {memory / 2**20:g} MB (--trial-memory): {outcome.reason}"
        return replace(outcome, reason=reason)
    return outcome


@dataclass(frozen=True)
class Probe:
    """What the first epochs of a trial took; `epoch_seconds` is None, with a reason, if they failed."""

    epoch_seconds: float | None
    peak_bytes: int
    net_bytes: int
    reason: str


def probe(task: TrialTask, scratch: str) -> Probe:
    """Trains a trial for two epochs, or one if there are no more, and measures it."""
    limit_blas_threads()
    asked: list[bool] = []

    def should_stop() -> bool:
        asked.append(True)
        return len(asked) == 2

    folder = TrialFolder(Path(scratch) / "trial")
    outcome = train_trial(task, folder, should_stop)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if outcome.state == "failed":
        return Probe(None, peak, 0, outcome.reason)
    sizes = [path.stat().st_size for path in folder.path.glob("*")]
    return Probe(outcome.cost.seconds / outcome.cost.epochs, peak, max(sizes, default=0), "")


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
    if _coordinators and os.getppid() != _coordinators[0]:
        os._exit(1)
