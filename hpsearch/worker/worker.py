"""What runs in a worker process: its start, and one task after the other.

A worker has one BLAS thread for good, or as many as `--threads` says. One of hpsearch's own also ignores
Ctrl-C (the coordinator decides) and dies with its coordinator. One of a cluster may see another file system:
what a trial leaves then goes to a scratch folder, and what is kept of it comes back with the outcome.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import STOPPED, TrialOutcome
from hpsearch.system.memory import LIMIT_NEEDS, can_be_limited, limited
from hpsearch.system.parent import exit_if_orphaned, follow_parent
from hpsearch.worker import environment, threads
from hpsearch.worker.coordinator import Coordinator
from hpsearch.worker.task import TrialTask
from hpsearch.worker.trial import train_trial

_training = threading.Lock()
# what the process imported, whatever has become of the net's file since
_own_environment = cache(environment.describe_worker)


def start(parent: int) -> None:
    """Prepares a fresh worker process; `parent` is the process that it must not outlive."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.stdout is not None and sys.stderr is not None:  # the caller may have closed them
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what nets print is no part of a command's output
    follow_parent(parent)
    threads.limit()
    _stay_whatever_it_takes()
    _start_processes_as_usual()


def _stay_whatever_it_takes() -> None:
    """Keeps loky from ending this process between two tasks because it has grown, as it does beside psutil.

    The one that it would start instead nobody here knows: no limit of time and no second Ctrl-C would end it.
    """
    from joblib.externals.loky import process_executor

    process_executor._USE_PSUTIL = False


def _start_processes_as_usual() -> None:
    """Gives what a net or a training function starts Python's own default way of starting processes.

    loky's, which this process was started by, is no name to those that `multiprocessing` spawns.
    """
    default, *_ = multiprocessing.get_all_start_methods()
    multiprocessing.set_start_method(default, force=True)


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
        threads.limit()
        others = environment.difference(coordinator.environment, _environment_of(task))
        if others:
            raise HpsearchError(f"{_here()} would give other bits than its coordinator: {'; '.join(others)}")
        with _memory_limit(memory):
            finished = _train(task, folder, coordinator)
    finally:
        _training.release()
    reason = finished.outcome.reason
    if memory is not None and reason.startswith("MemoryError"):
        reason = f"needed more memory than {memory / 2**20:g} MB (--trial-memory): {reason}"
    outcome = replace(finished.outcome, reason=reason, environment=coordinator.fingerprint)
    return replace(finished, outcome=outcome)


def _environment_of(task: TrialTask) -> Mapping[str, str]:
    """Returns what the training of a task depends on here.

    Raises:
        HpsearchError: its code is not found here, where it was found by its coordinator.
    """
    # a notebook's class may change under its name
    describe = environment.describe_worker if task.own else _own_environment
    try:
        return describe(task.code)
    except HpsearchError as error:
        raise HpsearchError(f"{_here()}: {error}") from error


def _train(task: TrialTask, folder: TrialFolder, coordinator: Coordinator) -> Finished:
    """Trains a trial where the coordinator sees it, or apart; not if a stop was asked for while it waited."""

    def should_stop() -> bool:
        exit_if_orphaned()
        return coordinator.wants_a_stop() or not coordinator.holds_its_lock()

    if coordinator.wants_a_stop():
        return Finished(TrialOutcome(task.number, STOPPED, ()))
    if coordinator.holds_its_lock():
        return Finished(train_trial(task, folder, should_stop))
    with tempfile.TemporaryDirectory(prefix="hpsearch-") as scratch:
        apart = TrialFolder(Path(scratch) / folder.path.name)
        outcome = train_trial(task, apart, lambda: False)
        return Finished(outcome, *(content_of(path) for path in (apart.weights, apart.hits, apart.layers)))


def content_of(path: Path) -> bytes | None:
    """Returns what a file holds; None if there is none."""
    return path.read_bytes() if path.exists() else None


def _here() -> str:
    return f"worker {os.getpid()} on {socket.gethostname()}"


def _memory_limit(memory: int | None) -> AbstractContextManager[None]:
    if memory is None:
        return nullcontext()
    if not can_be_limited():
        raise HpsearchError(f"{_here()} cannot keep a trial to --trial-memory; expected {LIMIT_NEEDS}")
    return limited(memory)
