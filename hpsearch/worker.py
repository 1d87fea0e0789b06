"""What runs in a worker process: its start, and one task after the other.

A worker has one BLAS thread for good, ignores Ctrl-C (the coordinator decides), and dies with its
coordinator.
"""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path
from typing import Any

from hpsearch.records import TrialOutcome
from hpsearch.trial import TrialTask, train_trial
from hpsearch.trialfolder import TrialFolder

STOP_FILE = "stop"
_PR_SET_PDEATHSIG = 1
_kept: list[Any] = []  # limits of BLAS threads end when their object does
_coordinators: list[int] = []


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


def run_task(task: TrialTask, study_folder: str, trial_folder: str) -> TrialOutcome:
    """Trains one trial; see `train_trial`."""
    stop_file = Path(study_folder) / STOP_FILE

    def should_stop() -> bool:
        _exit_if_orphaned()
        return stop_file.exists()

    return train_trial(task, TrialFolder(Path(trial_folder)), should_stop)


def _exit_if_orphaned() -> None:
    if _coordinators and os.getppid() != _coordinators[0]:
        os._exit(1)
