"""Trials in processes: which slot has room, which process died, which trial takes too long.

`Processes.submit` gives a trial to a slot, `Processes.collect` waits and yields what ended: `Finished`,
or `Lost` for a trial that needs another process. In which order trials come is the caller's business.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from statistics import fmean

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import STOPPED, TrialOutcome
from hpsearch.search.budget import Budget
from hpsearch.search.deaths import Deaths
from hpsearch.search.executors import Slots
from hpsearch.worker import worker
from hpsearch.worker.coordinator import Coordinator
from hpsearch.worker.task import TrialTask
from hpsearch.worker.worker import Finished

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_LATE = 1.0  # a look that comes later means that this process was stopped, as by Ctrl-Z
_SHORT_SECONDS = 1.0
_N_RECENT = 8


@dataclass(frozen=True)
class Lost:
    """A trial that did not end, as its process did: it needs another one, before all others."""

    number: int


@dataclass
class _Submitted:
    """A trial in a slot: the first one there is at work, another waits for it.

    Attributes:
        number: the trial's.
        slot: where it is.
        since: from when on it was seen at work; None while it waits.
    """

    number: int
    slot: int
    since: float | None = None


class Processes:
    """The trials that are in slots, at work or waiting there.

    Args:
        slots: where trials run.
        folder: the study's folder, in which trials leave checkpoints.
        coordinator: what workers must know of this process.
        budget: its limits of a trial's time and memory.
    """

    def __init__(self, slots: Slots, folder: StudyFolder, coordinator: Coordinator, budget: Budget) -> None:
        self._slots = slots
        self._folder = folder
        self._coordinator = coordinator
        self._budget = budget
        self._submitted: dict[Future[Finished], _Submitted] = {}
        self._looked, self._computed = time.monotonic(), time.process_time()
        self._recent_seconds: deque[float] = deque(maxlen=_N_RECENT)
        self._deaths = Deaths()

    def __len__(self) -> int:
        """How many trials are in slots."""
        return len(self._submitted)

    @property
    def n_at_work(self) -> int:
        """How many trials are at work, without those that wait in a slot."""
        return len({trial.slot for trial in self._submitted.values()})

    def have_room(self) -> bool:
        """Says whether a slot has room for another trial."""
        return self._slot_with_room() is not None

    def submit(self, task: TrialTask) -> None:
        """Gives a trial to the slot that has fewest; there must be room."""
        slot = self._slot_with_room()
        assert slot is not None, "there is room"
        future = self._slots.submit(
            slot,
            worker.run_task,
            replace(task, attempt=self._deaths.of(task.number)),
            self._folder.trial(task.number).absolute(),
            self._coordinator,
            self._budget.trial_memory,
        )
        self._submitted[future] = _Submitted(task.number, slot)

    def _slot_with_room(self) -> int | None:
        """Returns the slot that has fewest trials, if it has room for another one.

        A short trial may wait in a slot behind the one at work, so that its process goes on at once while
        the sampler computes. A long one would keep other slots waiting for more than that gains.
        """
        n_trials = Counter(trial.slot for trial in self._submitted.values())
        slot = min(range(self._slots.size), key=lambda slot: n_trials[slot])
        are_short = bool(self._recent_seconds) and fmean(self._recent_seconds) < _SHORT_SECONDS
        room = 1 + (self._slots.n_waiting if are_short else 0)
        return slot if n_trials[slot] < room else None

    def collect(self) -> Iterator[Finished | Lost]:
        """Waits until a trial ends, but not for long, and yields what ended or was ended at its time limit.

        Raises:
            HpsearchError: the executor is gone, processes die as soon as they start, or a worker is not fit.
        """
        done, _ = wait(self._submitted, timeout=_SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
        for future in [future for future in self._submitted if future in done]:  # in a slot's order
            if future in self._submitted:  # and did not go down with the process of one before
                yield from self._take_out(future)
        yield from self._end_overdue()

    def _take_out(self, future: Future[Finished]) -> Iterator[Finished | Lost]:
        trial = self._submitted[future]
        if future.cancelled():
            raise HpsearchError(
                f"trial {trial.number} was cancelled: its executor or scheduler ended or restarted; "
                f"run the same command again to continue"
            )
        error = future.exception()
        if error is None:
            del self._submitted[future]
            yield self._finished(future.result())
        elif self._slots.is_death(error):
            yield from self._after_death(trial.slot)
        else:
            raise error

    def _finished(self, finished: Finished) -> Finished:
        self._deaths.count_start()
        if finished.outcome.state != STOPPED:
            self._recent_seconds.append(finished.outcome.cost.seconds)
        return finished

    def _after_death(self, slot: int) -> Iterator[Finished | Lost]:
        """Yields the trials of a slot whose process died; the one at work may have caused it."""
        had_started = self._slots.is_ready(slot)
        number, *waiting = self._renew(slot)
        yield from map(Lost, waiting)
        failure = None
        if had_started:
            failure = self._deaths.count(number, self._folder.trial(number).checkpoint_epoch())
        else:
            self._deaths.count_lost_start()
        yield Lost(number) if failure is None else _failed(number, failure)

    def _forgive(self, now: float) -> None:
        """Leaves out of account how late a look comes though nothing was computed: Ctrl-Z stops trials."""
        computed = time.process_time()
        late = now - self._looked - (computed - self._computed) - _SECONDS_BETWEEN_LOOKS
        self._looked, self._computed = now, computed
        if late > _SECONDS_LATE:
            for trial in self._submitted.values():
                if trial.since is not None:
                    trial.since = min(trial.since + late, now)

    def _end_overdue(self) -> Iterator[Finished | Lost]:
        """Ends the processes of trials that are at work for too long."""
        limit, now = self._budget.trial_seconds, time.monotonic()
        if limit is None:
            return
        self._forgive(now)
        at_work = self._slots.at_work()
        first = {trial.slot: (future, trial) for future, trial in reversed(self._submitted.items())}
        for slot, (future, trial) in first.items():
            if slot not in at_work:
                trial.since = None  # a cluster's worker is gone, and its trial waits for another one
            elif trial.since is None:
                trial.since = now
            elif now - trial.since > limit and not future.done():
                number, *waiting = self._renew(slot)
                yield from map(Lost, waiting)
                yield _failed(number, f"took longer than {limit:g} s")

    def _renew(self, slot: int) -> list[int]:
        """Gives a slot a new process; returns its trials: the one at work, then the others, last first."""
        futures = [future for future, trial in self._submitted.items() if trial.slot == slot]
        self._slots.renew(slot)
        at_work, *waiting = [self._submitted.pop(future).number for future in futures]
        self._folder.trial(at_work).remove_leftovers()
        return [at_work, *reversed(waiting)]


def _failed(number: int, reason: str) -> Finished:
    """Returns the end of a trial whose process could not end it."""
    now = time.time()
    return Finished(TrialOutcome(number, "failed", (), reason, started=now, finished=now))
