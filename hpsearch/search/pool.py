"""A few calls in processes of their own: what the commands need that train again, plan or check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing
from typing import Any, TypeVar

from hpsearch.errors import WorkerDiedError
from hpsearch.search.executors import LokySlots

Result = TypeVar("Result")


def run_all(
    function: Callable[..., Result],
    calls: Sequence[tuple[Any, ...]],
    jobs: int,
    when_one_dies: Callable[[int], str],
) -> list[Result]:
    """Returns what `run_each` yields."""
    return list(run_each(function, calls, jobs, when_one_dies))


def run_each(
    function: Callable[..., Result],
    calls: Sequence[tuple[Any, ...]],
    jobs: int,
    when_one_dies: Callable[[int], str],
) -> Iterator[Result]:
    """Yields what `function(*arguments)` returns for each of the calls, in order, each once it is there.

    Args:
        function: a module's function.
        calls: arguments; without any no process is started.
        jobs: how many processes; no more than there are calls are started.
        when_one_dies: returns what to say if the process of a call dies, by the call's number.

    Raises:
        WorkerDiedError: a process died. What the function raises is raised here too.
    """
    if not calls:
        return
    with closing(LokySlots(min(jobs, len(calls)))) as slots:
        futures = [slots.submit(i % slots.size, function, *arguments) for i, arguments in enumerate(calls)]
        for i, future in enumerate(futures):
            try:
                yield future.result()
            except BrokenExecutor as error:
                raise WorkerDiedError(when_one_dies(i)) from error
