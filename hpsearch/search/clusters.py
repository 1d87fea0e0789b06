"""Slots that somebody else provides: a Dask cluster, or any executor of processes.

A Dask scheduler itself gives the task of a dead worker to another one, where it goes on from its
checkpoint if the workers share the study folder's file system, and starts over if not: the same bits
either way.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from hpsearch.errors import CallError, HpsearchError
from hpsearch.worker import environment


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
        self.size = size
        self._executor = executor
        self._futures: set[Future[Any]] = set()

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
    """The workers of a running Dask cluster, one slot each.

    Args:
        address: the scheduler's, like tcp://HOST:PORT.

    Raises:
        CallError: there is no such cluster, or its workers would give other bits.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise CallError("--executor dask needs distributed: pip install 'hpsearch[dask]'") from error
        try:
            self._client = Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise CallError(f"--scheduler {address}: no Dask scheduler answers: {error}") from error
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
            _check_workers(address, workers, self._client.run(environment.blas_kernel))
        except CallError:
            self._client.close()
            raise
        super().__init__(self._client.get_executor(), len(workers))
        self._tasks: dict[int, tuple[str, Future[Any]]] = {}

    def submit(self, slot: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Runs `function(*arguments)` on one of the workers, under a key of its own."""
        key = f"hpsearch-{uuid4()}"
        future = super().submit(slot, function, *arguments, key=key)
        self._tasks[slot] = key, future
        return future

    def is_death(self, error: BaseException) -> bool:
        """Says whether the error means that worker after worker died of the task."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def renew(self, slot: int) -> None:
        """Has the worker restarted that is at the slot's task; a dead one the cluster has replaced itself.

        Raises:
            HpsearchError: nobody watches over the worker who could.
        """
        key, future = self._tasks[slot]
        at_work = [worker for worker, keys in self._client.processing().items() if key in keys]
        if at_work:
            future.cancel()  # or another worker would be given the task
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


def _check_workers(address: str, workers: dict[str, Any], kernels: dict[str, str]) -> None:
    if not workers:
        raise CallError(f"--scheduler {address}: the cluster has no workers; expected dask worker {address}")
    own = environment.blas_kernel()
    for name, worker in workers.items():
        if worker["nthreads"] != 1:
            raise CallError(
                f"--scheduler {address}: worker {name} has {worker['nthreads']} threads; "
                f"expected dask worker --nthreads 1"
            )
        if kernels[name] != own:
            raise CallError(
                f"--scheduler {address}: worker {name} has BLAS {kernels[name]}, which gives other bits than "
                f"{own} here"
            )
