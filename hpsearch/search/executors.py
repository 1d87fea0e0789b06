"""Where tasks run: slots, each of which runs one task after the other in a process of its own.

`LokySlots` gives each slot a single-process loky executor of its own, since a dead worker breaks a
whole pool and its innocent neighbours with it. A slot whose worker died is made anew.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from hpsearch.search.semaphores import Tracker
from hpsearch.system.interrupts import interrupts_blocked
from hpsearch.system.processes import kill
from hpsearch.worker import threads, worker

_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_SECONDS_OF_FEEDER = 5.0  # it may wait for ever to hand a large task to a process that died meanwhile


class Slots(Protocol):
    """Places that run one task at a time each.

    Attributes:
        n_waiting: how many tasks may wait in a place for the one at work there.
    """

    n_waiting: int

    @property
    def size(self) -> int:
        """How many there are; it may grow."""
        ...

    def warm_up(self) -> None:
        """Starts processes ahead of the first task, where that is possible."""
        ...

    def submit(self, slot: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Runs `function(*arguments)` in a slot's process."""
        ...

    def is_ready(self, slot: int) -> bool:
        """Says whether the slot's process has started, so that its task is at work."""
        ...

    def is_death(self, error: BaseException) -> bool:
        """Says whether the error means that the slot's process died."""
        ...

    def renew(self, slot: int) -> None:
        """Ends a slot's process, if it has one, and gives the slot a new one."""
        ...

    def close(self) -> None:
        """Ends all processes at once."""
        ...


class LokySlots:
    """Processes of this machine, one a slot."""

    n_waiting = 1

    def __init__(self, size: int) -> None:
        self.size = size
        self._tracker = Tracker()  # one that starts later undoes `interrupts_blocked`
        self._executors = [_single_process() for _ in range(size)]
        self._processes: dict[int, BaseProcess] = {}
        self._started: dict[int, Future[Any]] = {}

    def warm_up(self) -> None:
        """Starts all processes, which load their libraries while the caller does the same."""
        for slot in range(self.size):
            self._start(slot)

    def submit(self, slot: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Runs `function(*arguments)` in a slot's process."""
        if slot not in self._started:
            self._start(slot)
        return self._submit(slot, function, *arguments)

    def is_ready(self, slot: int) -> bool:
        """Says whether the slot's process has started, so that its task is at work."""
        return slot in self._started and self._started[slot].done() and not self._started[slot].exception()

    def _start(self, slot: int) -> None:
        self._started[slot] = self._submit(slot, os.getpid)

    def _submit(self, slot: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        before = set(multiprocessing.active_children())
        self._tracker.mend()
        with interrupts_blocked():
            try:
                future: Future[Any] = self._executors[slot].submit(function, *arguments)
            except BrokenExecutor as error:  # its process died since its last task ended
                future = Future()
                future.set_exception(error)
        for process in set(multiprocessing.active_children()) - before:
            self._processes[slot] = process
        return future

    def is_death(self, error: BaseException) -> bool:
        """Says whether the error means that the slot's process died."""
        return isinstance(error, BrokenExecutor)

    def renew(self, slot: int) -> None:
        """Ends a slot's process, if it has one, and gives the slot a new one."""
        self._tracker.mend()
        self._end(slot)
        self._executors[slot] = _single_process()

    def close(self) -> None:
        """Ends all processes at once; Ctrl-C waits for that."""
        self._tracker.mend()
        with interrupts_blocked():
            for slot in range(self.size):
                self._end(slot)

    def _end(self, slot: int) -> None:
        """Kills a slot's process and waits for its executor.

        loky's own kill_workers=True lets its thread fail with a KeyError when a task is just being queued.
        """
        self._started.pop(slot, None)
        process = self._processes.pop(slot, None)
        if process is not None and process.is_alive() and process.pid is not None:
            kill(process.pid)
        tasks = self._executors[slot]._call_queue
        self._executors[slot].shutdown(wait=True)
        _join_feeder(tasks)


def _join_feeder(tasks: Any) -> None:
    """Waits for the thread that feeds an executor's process, which loky leaves to itself.

    It holds two semaphores. If this process ended while the thread let go of them, loky's tracker would
    take one for leaked and say so.

    Args:
        tasks: the executor's queue of tasks; None before its first one.
    """
    feeder = getattr(tasks, "_thread", None)
    if feeder is not None:
        feeder.join(_SECONDS_OF_FEEDER)


def _single_process() -> Any:
    from joblib.externals.loky import ProcessPoolExecutor

    return ProcessPoolExecutor(
        max_workers=1,
        env=dict.fromkeys(_THREAD_VARIABLES, str(threads.wanted())),
        initializer=worker.start,
        initargs=(os.getpid(),),
    )
