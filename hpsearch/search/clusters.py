"""Slots that somebody else provides: a Dask cluster, or any executor of processes.

A Dask scheduler itself gives the task of a dead worker to another one, where it goes on from its
checkpoint if the workers share the study folder's file system, and starts over if not: the same bits
either way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

from hpsearch.errors import CallError, HpsearchError
from hpsearch.worker import environment

_SECONDS_TO_WAIT = 60
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_OF_A_LOOK = 0.1
_SECONDS_TO_RESTART = 5.0  # after the run, lest a trial that hangs stays there for ever


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
        self._loop = self._client.sync(_running_loop)
        self._workers: Mapping[str, Mapping[str, Any]] = {}  # what the scheduler tells of each
        self._fit: frozenset[str] = frozenset()
        self._asked: dict[str, Future[Any]] = {}  # those of whom it is not known yet whether they are fit
        self._looks: dict[str, Future[Any]] = {}
        self._keys_at_work: dict[str, Collection[str]] = {}
        self._restarts: list[Future[Any]] = []
        self._size = 0
        self._tasks: dict[int, list[tuple[str, Future[Any]]]] = defaultdict(list)
        with ExitStack() as when_refused:
            when_refused.callback(self._leave)
            self._wait_for_workers(say)
            when_refused.pop_all()
        super().__init__(self._client.get_executor(), self._size)

    @property
    def size(self) -> int:
        """How many workers there are, or were at a time."""
        self._look_again()
        return self._size

    def _look_again(self) -> None:
        if time.monotonic() - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._take_in_workers()

    def _wait_for_workers(self, say: Callable[[str], object]) -> None:
        """Waits for the first worker, and for the word of all that are there."""
        deadline = time.monotonic() + _SECONDS_TO_WAIT
        self._take_in_workers()
        if not self._workers:
            say(f"waiting up to {_SECONDS_TO_WAIT} s for the first worker of {self._address}")
        while (self._asked or not self._fit) and time.monotonic() < deadline:
            wait(self._asked.values(), timeout=_SECONDS_OF_A_LOOK)
            if not self._asked:
                time.sleep(_SECONDS_OF_A_LOOK)
            self._take_in_workers()
        if not self._fit:
            came = f"none of {len(self._workers)} workers answered" if self._workers else "no worker came"
            raise CallError(
                f"--scheduler {self._address}: {came} within {_SECONDS_TO_WAIT} s; "
                f"expected dask worker {self._address} --nthreads 1"
            )

    def _take_in_workers(self) -> None:
        """Looks who is there: there are as many slots as there were fit workers at a time."""
        self._looked = time.monotonic()
        with self._scheduler() as client:
            facts = client.scheduler_info(n_workers=-1)
            if "workers" not in facts:  # the client gave up while it asked
                raise ConnectionError
        self._workers = facts["workers"]
        for name in self._asked.keys() - self._workers.keys():
            self._asked.pop(name).cancel()
        self._fit = self._fit.intersection(self._workers)
        for name in self._workers.keys() - self._fit - self._asked.keys():
            _check_threads(self._address, name, self._workers[name]["nthreads"])
            self._asked[name] = self._ask(name, environment.describe_arithmetic)
        for name in [name for name, answer in self._asked.items() if answer.done()]:
            answer = self._asked.pop(name)
            if not isinstance(answer.exception(), OSError):  # it has just gone
                _check_arithmetic(self._address, name, answer)
                self._fit |= {name}
        self._size = max(self._size, len(self._fit))

    def _ask(self, worker: str, question: Callable[..., Any]) -> Future[Any]:
        """Has a worker call a function; nobody waits for one that hangs and answers late or never."""

        async def answer() -> Any:
            answers = await self._client.run(question, workers=[worker])
            return answers[worker]

        return self._begin(answer())

    def _begin(self, talk: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Begins a talk with the cluster in the client's thread, in which its functions do not wait."""
        return asyncio.run_coroutine_threadsafe(talk, self._loop)

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
        self._look_again()
        self._ask_what_is_at_work()
        running = {key for keys in self._keys_at_work.values() for key in keys}
        return [
            slot
            for slot, tasks in self._tasks.items()
            if next((key for key, task in tasks if not task.done()), None) in running
        ]

    def _ask_what_is_at_work(self) -> None:
        """Takes note of what each worker said last of the tasks that it is at, and asks it again."""
        with self._scheduler():
            for name in self._looks.keys() - self._fit:
                self._looks.pop(name).cancel()
                self._keys_at_work.pop(name, None)
            for name in self._fit:
                look = self._looks.get(name)
                if look is not None and look.done():
                    self._keys_at_work[name] = () if look.exception() else look.result()
                if look is None or look.done():
                    self._looks[name] = self._ask(name, _keys_at_work)

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

        Others go on meanwhile. One whose nanny does not answer either the scheduler lets go.

        Raises:
            HpsearchError: nobody watches over the worker who could.
        """
        tasks = self._tasks.pop(slot, [])
        keys = {key for key, _ in tasks}
        at_work = [name for name in self._fit if keys & set(self._keys_at_work.get(name, ()))]
        for _, future in tasks:
            future.cancel()  # or another worker would be given the task
        for name in at_work:
            if not self._workers[name]["nanny"]:
                raise HpsearchError(
                    f"worker {name} cannot be restarted, which --trial-timeout needs; "
                    f"expected dask worker with its nanny"
                )
        if at_work:
            self._restarts.append(self._begin(self._restart(at_work)))

    async def _restart(self, workers: list[str]) -> None:
        await self._client.restart_workers(workers, raise_for_error=False)

    def close(self) -> None:
        """Gives up what has not begun and leaves the cluster."""
        super().close()
        self._leave()

    def _leave(self) -> None:
        wait(self._restarts, timeout=_SECONDS_TO_RESTART)
        for talk in [*self._asked.values(), *self._looks.values(), *self._restarts]:
            talk.cancel()
        self._client.close()


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def _keys_at_work(dask_worker: Any) -> list[str]:
    """Returns the tasks that a worker is at; Dask calls this there and hands the worker in by this name."""
    return list(dask_worker.active_threads.values())


def _check_threads(address: str, worker: str, n_threads: int) -> None:
    """Raises CallError if a worker runs several tasks at a time."""
    if n_threads != 1:
        raise CallError(
            f"--scheduler {address}: worker {worker} has {n_threads} threads; "
            f"expected dask worker --nthreads 1"
        )


def _check_arithmetic(address: str, worker: str, answer: Future[Mapping[str, str]]) -> None:
    """Raises CallError if a worker would give other bits than this process, or could not say."""
    error = answer.exception()
    if error is not None:
        raise CallError(
            f"--scheduler {address}: worker {worker} cannot run hpsearch; "
            f"expected the one of here to be installed there: {error}"
        )
    others = environment.difference(environment.describe_arithmetic(), answer.result())
    if others:
        raise CallError(
            f"--scheduler {address}: worker {worker} would give other bits than this process: "
            f"{'; '.join(others)}"
        )
