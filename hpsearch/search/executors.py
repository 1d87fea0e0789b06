"""Where tasks run: slots, each of which runs one task after the other in a process of its own.

`LokySlots` gives each slot a single-process loky executor of its own, since a dead worker breaks a
whole pool and its innocent neighbours with it. A slot whose worker died is made anew.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from hpsearch.errors import HpsearchError
from hpsearch.search.semaphores import Tracker
from hpsearch.system import semaphores
from hpsearch.system.interrupts import interrupts_blocked
from hpsearch.system.processes import kill
from hpsearch.worker import threads, worker

_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_SECONDS_TO_LEAVE = 3.0  # for what tasks gave to `atexit`
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

    def at_work(self) -> Collection[int]:
        """Returns the slots whose first task is at work now."""
        ...

    def is_death(self, error: BaseException) -> bool:
        """Says whether the error means that the slot's process died."""
        ...

    def renew(self, slot: int) -> None:
        """Ends a slot's process, if it has one, and gives the slot a new one."""
        ...

    def close(self) -> None:
        """Ends all processes: at once those at work."""
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
        self._last: dict[int, Future[Any]] = {}

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

    def at_work(self) -> Collection[int]:
        """Returns the slots whose first task is at work now: those with a process that has started."""
        return [slot for slot in range(self.size) if self.is_ready(slot)]

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
            except UnboundLocalError as error:  # loky closes a pipe that it could not open
                raise error.__context__ or error from None
        for process in set(multiprocessing.active_children()) - before:
            self._processes[slot] = process
        self._last[slot] = future
        return future

    def is_death(self, error: BaseException) -> bool:
        """Says whether the error means that the slot's process died."""
        return isinstance(error, BrokenExecutor)

    def renew(self, slot: int) -> None:
        """Ends a slot's process, if it has one, and gives the slot a new one."""
        self._tracker.mend()
        self._end([slot])
        self._executors[slot] = _single_process()

    def close(self) -> None:
        """Ends all processes; Ctrl-C waits for that."""
        self._tracker.mend()
        with interrupts_blocked():
            self._end(range(self.size))

    def _end(self, slots: Sequence[int]) -> None:
        """Ends the processes of slots, and waits for them and for loky's threads.

        One that has nothing to do is asked, so that it does what its tasks gave to `atexit` and Python's
        tracker hears of the semaphores that go with it. One at work would not hear, and is killed.
        """
        threads_of_loky = []
        for slot in slots:
            if not self._is_idle(slot):
                self._kill(slot)
            threads_of_loky += _shut_down(self._executors[slot])
        _join(threads_of_loky, _SECONDS_TO_LEAVE)
        for slot in slots:
            self._kill(slot)
            self._started.pop(slot, None)
            self._last.pop(slot, None)
        _join(threads_of_loky, _SECONDS_OF_FEEDER)

    def _is_idle(self, slot: int) -> bool:
        return slot in self._last and self._last[slot].done()

    def _kill(self, slot: int) -> None:
        """Kills a slot's process, if it still lives.

        loky's own kill_workers=True lets its thread fail with a KeyError when a task is just being queued.
        """
        process = self._processes.pop(slot, None)
        if process is not None and process.is_alive() and process.pid is not None:
            with suppress(ProcessLookupError):  # loky's thread saw its end first
                kill(process.pid)


def _shut_down(executor: Any) -> list[threading.Thread]:
    """Lets an executor end its process once that has nothing to do, and returns at once with its threads.

    They are loky's manager, which waits for the process, and the feeder, which loky leaves to itself. It
    holds two semaphores: if this process ended while the thread let go of them, loky's tracker would take
    one for leaked and say so.
    """
    threads_of_loky = [executor._executor_manager_thread, getattr(executor._call_queue, "_thread", None)]
    executor.shutdown(wait=False)
    return [thread for thread in threads_of_loky if thread is not None]


def _join(some: Sequence[threading.Thread], seconds: float) -> None:
    """Waits for threads, for so many seconds in all."""
    deadline = time.monotonic() + seconds
    for thread in some:
        thread.join(max(0.0, deadline - time.monotonic()))


def _single_process() -> Any:
    """Returns an executor of one process, which is not started yet.

    Raises:
        HpsearchError: the system has no room for its semaphores, and names no file in what it says of that.
    """
    from joblib.externals.loky import ProcessPoolExecutor

    try:
        return ProcessPoolExecutor(
            max_workers=1,
            env=dict.fromkeys(_THREAD_VARIABLES, str(threads.wanted())),
            initializer=worker.start,
            initargs=(os.getpid(),),
        )
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):  # of its pipes
            raise
        raise HpsearchError(
            f"no semaphores for a worker process can be made: {error.strerror}; expected shared memory "
            f"({semaphores.SHARED_MEMORY} on Linux) that can be written and has 30 kB for each of --jobs"
        ) from error
