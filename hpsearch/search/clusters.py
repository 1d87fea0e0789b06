"""Slots that somebody else provides: a Dask cluster, or any executor of processes.

A Dask scheduler itself gives the task of a dead worker to another one, where it goes on from its
checkpoint if the workers share the study folder's file system, and starts over if not: the same bits
either way.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
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
        try:
            self._client = Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise CallError(f"--scheduler {address}: no Dask scheduler answers: {error}") from error
        self._workers: list[str] = []
        self._tasks: dict[int, list[tuple[str, Future[Any]]]] = defaultdict(list)
        with ExitStack() as when_refused:
            when_refused.callback(self._client.close)
            self._take_in_workers()
            if not self._workers:
                say(f"waiting up to {_SECONDS_TO_WAIT} s for the first worker of {address}")
                self._wait_for_the_first()
            when_refused.pop_all()
        super().__init__(self._client.get_executor(), len(self._workers))

    @property
    def size(self) -> int:
        """How many workers there are, or were."""
        if time.monotonic() - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._take_in_workers()
        return len(self._workers)

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
        """Gives slots to workers that are new, first those of workers that are gone."""
        self._looked = time.monotonic()
        alive = self._client.scheduler_info(n_workers=-1)["workers"]
        new = {name: facts for name, facts in alive.items() if name not in self._workers}
        if new:
            arithmetic = self._client.run(environment.describe_arithmetic, workers=list(new))
            _check_workers(self._address, new, arithmetic)
            self._workers = with_new_workers(self._workers, list(alive))

    def submit(self, slot: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Runs `function(*arguments)` on the slot's worker, or another one if that is gone."""
        key = f"hpsearch-{uuid4()}"
        here = {"workers": [self._workers[slot]], "allow_other_workers": True}
        future = super().submit(slot, function, *arguments, key=key, **here)
        self._tasks[slot] = [
            *((key, task) for key, task in self._tasks[slot] if not task.done()),
            (key, future),
        ]
        return future

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
        at_work = [worker for worker, held in self._client.processing().items() if keys & set(held)]
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


def with_new_workers(slots: Sequence[str], alive: Sequence[str]) -> list[str]:
    """Returns whose each slot is: of who had it and is alive, of a new worker, or of who is gone."""
    new = [worker for worker in alive if worker not in slots]
    kept = [new.pop(0) if worker not in alive and new else worker for worker in slots]
    return [*kept, *new]


def _check_workers(
    address: str, workers: Mapping[str, Mapping[str, Any]], arithmetic: Mapping[str, Mapping[str, str]]
) -> None:
    """Raises CallError if a worker has several threads, or would give other bits than this process."""
    own = environment.describe_arithmetic()
    for name, worker in workers.items():
        if worker["nthreads"] != 1:
            raise CallError(
                f"--scheduler {address}: worker {name} has {worker['nthreads']} threads; "
                f"expected dask worker --nthreads 1"
            )
        others = environment.difference(own, arithmetic[name]) if name in arithmetic else []
        if others:
            raise CallError(
                f"--scheduler {address}: worker {name} would give other bits than this process: "
                f"{'; '.join(others)}"
            )
