"""Slots that somebody else provides: a Dask cluster, or any executor of processes.

A Dask scheduler itself gives the task of a dead worker to another one, where it goes on from its
checkpoint if the workers share the study folder's file system, and starts over if not: the same bits
either way.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

from hpsearch.errors import CallError, HpsearchError
from hpsearch.worker import environment

_SECONDS_TO_WAIT = 60
_SECONDS_BETWEEN_LOOKS = 1.0


class ExecutorSlots:
    """The slots of an executor of processes, which stays the caller's to shut down.

    Args:
        executor: any executor whose tasks run in processes with one task at a time.
        size: how many tasks it runs at a time.

    Raises:
        CallError: its tasks run in threads.
    """

    n_waiting = 0

    def __init__(self, executor: Executor, size: int) -> None:
        if isinstance(executor, ThreadPoolExecutor):
            raise CallError("executor: expected one of processes, but got a ThreadPoolExecutor")
        self._size = size
        self._executor = executor
        self._futures: set[Future[Any]] = set()

    @property
    def size(self) -> int:
        """How many tasks run at a time."""
        return self._size

    def warm_up(self) -> None:
        """Does nothing: the processes are somebody else's."""

    def submit(self, slot: int, function: Callable[..., Any], *arguments: Any, **options: Any) -> Future[Any]:
        """Runs `function(*arguments)` in one of the processes; the executor may take options."""
        future = self._executor.submit(function, *arguments, **options)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def is_ready(self, slot: int) -> bool:
        """Says yes: the processes are there before the search is."""
        return True

    def at_work(self) -> Collection[int]:
        """Returns all slots: which tasks wait is the executor's to know, and there is no limit of time."""
        return range(self.size)

    def is_death(self, error: BaseException) -> bool:
        """Says no: what died cannot be made anew here, so its error ends the run, which can go on later."""
        return False

    def renew(self, slot: int) -> None:
        """Refuses: the processes are somebody else's."""
        raise HpsearchError("a process of this executor cannot be ended; expected hpsearch's own or Dask")

    def close(self) -> None:
        """Cancels what has not begun."""
        for future in list(self._futures):
            future.cancel()


class DaskSlots(ExecutorSlots):
    """The workers of a running Dask cluster, one slot each; those that come later get one too.

    Which worker a task goes to is the scheduler's to say. If it were told one, the task would wait for ever
    once that was gone and no other one was there at that moment.

    Args:
        address: the scheduler's, like tcp://HOST:PORT.
        say: is told that it waits for the first worker.

    Raises:
        CallError: there is no such cluster, no worker comes, or they would give other bits.
    """

    n_waiting = 1

    def __init__(self, address: str, say: Callable[[str], object] = lambda text: None) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise CallError("--executor dask needs distributed: pip install 'hpsearch[dask]'") from error
        self._address = address
        # of a scheduler that is gone it prints tracebacks, where we say it in a line
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            self._client = Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise CallError(f"--scheduler {address}: no Dask scheduler answers: {error}") from error
        self._known: frozenset[str] = frozenset()
        self._size = 0
        self._tasks: dict[int, list[tuple[str, Future[Any]]]] = defaultdict(list)
        with ExitStack() as when_refused:
            when_refused.callback(self._client.close)
            self._take_in_workers()
            if not self._known:
                say(f"waiting up to {_SECONDS_TO_WAIT} s for the first worker of {address}")
                self._wait_for_the_first()
            when_refused.pop_all()
        super().__init__(self._client.get_executor(), self._size)

    @property
    def size(self) -> int:
        """How many workers there are, or were at a time."""
        if time.monotonic() - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._take_in_workers()
        return self._size

    def _wait_for_the_first(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS_TO_WAIT)
        except TimeoutError as error:
            raise CallError(
                f"--scheduler {self._address}: no worker came within {_SECONDS_TO_WAIT} s; "
                f"expected dask worker {self._address} --nthreads 1"
            ) from error
        self._take_in_workers()

    def _take_in_workers(self) -> None:
        """Looks who is there: there are as many slots as there were workers at a time."""
        self._looked = time.monotonic()
        with self._scheduler() as client:
            facts = client.scheduler_info(n_workers=-1)
            if "workers" not in facts:  # the client gave up while it asked
                raise ConnectionError
            alive = facts["workers"]
            new = [name for name in alive if name not in self._known]
            ask = environment.describe_arithmetic
            answers = client.run(ask, workers=new, on_error="return") if new else {}
        there = {name: answer for name, answer in answers.items() if not isinstance(answer, OSError)}
        _check_workers(self._address, alive, there)
        self._known = frozenset(self._known.intersection(alive) | there.keys())
        self._size = max(self._size, len(self._known))

    def submit(self, slot: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Runs `function(*arguments)` on one of the workers."""
        key = f"hpsearch-{uuid4()}"
        with self._scheduler():
            future = super().submit(slot, function, *arguments, key=key)
        self._tasks[slot] = [
            *((key, task) for key, task in self._tasks[slot] if not task.done()),
            (key, future),
        ]
        return future

    def at_work(self) -> Collection[int]:
        """Returns the slots of whose tasks the first is at work: others wait, also for another worker."""
        running = {key for keys in self._running().values() for key in keys}
        return [
            slot
            for slot, tasks in self._tasks.items()
            if next((key for key, task in tasks if not task.done()), None) in running
        ]

    def _running(self) -> Mapping[str, Collection[str]]:
        """Returns which tasks each worker is at; a worker that has just gone does not count."""
        with self._scheduler() as client:
            running: Mapping[str, Collection[str]] = client.run(_keys_at_work, on_error="ignore")
        return running

    @contextmanager
    def _scheduler(self) -> Iterator[Any]:
        """Lends the client for a question to the scheduler.

        Raises:
            HpsearchError: that is gone. Dask has then given up all tasks, also if it comes back.
        """
        try:
            if self._client.status != "running":
                raise ConnectionError(self._client.status)
            yield self._client
        except OSError as error:
            raise HpsearchError(
                f"{self._address}: the Dask scheduler is gone; run the same command again to continue"
            ) from error

    def is_death(self, error: BaseException) -> bool:
        """Says whether the error means that worker after worker died of the task."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def renew(self, slot: int) -> None:
        """Has the workers restarted that are at the slot's tasks; a dead one the cluster has replaced itself.

        Raises:
            HpsearchError: nobody watches over the worker who could.
        """
        tasks = self._tasks.pop(slot, [])
        keys = {key for key, _ in tasks}
        at_work = [worker for worker, running in self._running().items() if keys & set(running)]
        for _, future in tasks:
            future.cancel()  # or another worker would be given the task
        if at_work:
            try:
                self._client.restart_workers(at_work)
            except (TimeoutError, ValueError) as error:
                raise HpsearchError(
                    f"worker {at_work[0]} cannot be restarted, which --trial-timeout needs; "
                    f"expected dask worker with its nanny: {error}"
                ) from error

    def close(self) -> None:
        """Gives up what has not begun and leaves the cluster."""
        super().close()
        self._client.close()


def _keys_at_work(dask_worker: Any) -> list[str]:
    """Returns the tasks that a worker is at; Dask calls this there and hands the worker in by this name."""
    return list(dask_worker.active_threads.values())


def _check_workers(
    address: str,
    workers: Mapping[str, Mapping[str, Any]],
    answers: Mapping[str, Mapping[str, str] | Exception],
) -> None:
    """Raises CallError if a worker has several threads, or would give other bits than this process.

    Args:
        address: the scheduler's.
        workers: what it tells of each.
        answers: what those that are new say of their arithmetic, or why they could not.
    """
    own = environment.describe_arithmetic()
    for name, answer in answers.items():
        if workers[name]["nthreads"] != 1:
            raise CallError(
                f"--scheduler {address}: worker {name} has {workers[name]['nthreads']} threads; "
                f"expected dask worker --nthreads 1"
            )
        if isinstance(answer, Exception):
            raise CallError(
                f"--scheduler {address}: worker {name} cannot run hpsearch; "
                f"expected the one of here to be installed there: {answer}"
            )
        others = environment.difference(own, answer)
        if others:
            raise CallError(
                f"--scheduler {address}: worker {name} would give other bits than this process: "
                f"{'; '.join(others)}"
            )
