"""Processes that draw figures beside this one.

    with Painters(1) as painters:
        painters.start()                                # it imports what drawing needs
        results = painters.share(function, calls)       # drawn here and there

A painter is a Python process with two pipes (`painter.py`). What it cannot do, or has begun when it dies, is
done here: it saves time and decides nothing.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar

from hpsearch.system.processes import n_cores, start_apart

Result = TypeVar("Result")

COMMAND = (sys.executable, "-m", "hpsearch.report.painter")
MOST = 3
"""More painters than this would import Matplotlib for a few figures each."""


def painters_beside(n_processes: int = MOST + 1) -> int:
    """Returns how many painters suit a program that may use so many processes, itself included."""
    return max(0, min(n_processes - 1, n_cores() - 1, MOST))


class Painters:
    """Processes that draw beside this one, ended with the context.

    Args:
        number: how many; 0 draws everything here.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            _close(process)

    def start(self) -> None:
        """Starts the processes, which begin to import; nothing happens if they are there."""
        if not self._processes:
            self._processes = [_start() for _ in range(self._number)]

    def share(self, function: Callable[..., Result], calls: Sequence[tuple[Any, ...]]) -> list[Result]:
        """Returns what `function(*arguments)` returns for each of the calls, in their order.

        Painters begin with the first calls and this process with the last. A painter that is not ready when
        nothing is left to do is not waited for.

        Args:
            function: a module's function; what it raises is raised here.
            calls: arguments that can be pickled.
        """
        work = _Work(function, calls)
        for process in self._processes:
            thread = threading.Thread(target=_hand_out, args=(process, work))
            self._threads.append(thread)
            thread.start()
        return work.finish()


class _Work(Generic[Result]):
    """Calls that several threads take from, and what they have returned."""

    def __init__(self, function: Callable[..., Result], calls: Sequence[tuple[Any, ...]]) -> None:
        self.function, self.calls = function, calls
        self._left = deque(range(len(calls)))
        self._results: dict[int, Result] = {}
        self._changed = threading.Condition()

    def take(self) -> int | None:
        """Returns the place of the first call that nobody has begun; None if there is none."""
        with self._changed:
            return self._left.popleft() if self._left else None

    def put(self, place: int, result: Result) -> None:
        """Takes what a call has returned."""
        with self._changed:
            self._results[place] = result
            self._changed.notify_all()

    def give_back(self, place: int) -> None:
        """Lets somebody else do a call that was begun."""
        with self._changed:
            self._left.append(place)
            self._changed.notify_all()

    def finish(self) -> list[Result]:
        """Does what nobody else does, the last call first, and returns all results in the calls' order."""
        while (place := self._last()) is not None:
            self.put(place, self.function(*self.calls[place]))
        return [self._results[place] for place in range(len(self.calls))]

    def _last(self) -> int | None:
        """Returns the place of the last call that nobody has begun; None once all have returned."""
        with self._changed:
            self._changed.wait_for(lambda: self._left or len(self._results) == len(self.calls))
            return self._left.pop() if self._left else None


def _hand_out(process: "subprocess.Popen[bytes]", work: _Work[Any]) -> None:
    """Gives a painter one call after the other, once it is ready; what it does not return is given back."""
    place = None
    try:
        _ask(process, os.getpid, ())  # answered when it has imported everything
        while (place := work.take()) is not None:
            work.put(place, _ask(process, work.function, work.calls[place]))
    except (EOFError, OSError, pickle.UnpicklingError):
        return  # it died
    finally:
        if place is not None:
            work.give_back(place)


def _ask(process: "subprocess.Popen[bytes]", function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Returns what a painter answers to a call."""
    calls, answers = _pipes(process)
    pickle.dump((function, arguments), calls)
    calls.flush()
    return pickle.load(answers)


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None, "it was started with pipes"
    assert process.stdout is not None, "it was started with pipes"
    return process.stdin, process.stdout


def _start() -> "subprocess.Popen[bytes]":
    """Starts a painter, which Ctrl-C does not reach; what it cannot draw fails here, where it is seen."""
    pipe = subprocess.PIPE
    return start_apart(COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def _close(process: "subprocess.Popen[bytes]") -> None:
    """Closes the pipes of a painter that was ended."""
    process.wait()
    for pipe in _pipes(process):
        try:
            pipe.close()
        except BrokenPipeError:
            continue  # it died with a call half sent
