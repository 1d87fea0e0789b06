"""Ask, dispatch, tell, record: the one process that uses the sampler and writes the record.

`Search` is iterated by its caller and yields a `Status` whenever something happened. Trials are
asked, told and recorded in trial order, whoever finished first; when trial n is asked for, the
sampler knows how 0..n-L ended and that n-L+1..n-1 are running, whatever else is already done.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from statistics import fmean

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import FolderError, HpsearchError
from hpsearch.records import STATES, STOPPED, Proposal, TrialOutcome, TrialRecord
from hpsearch.search import tasks
from hpsearch.search.executors import Slots
from hpsearch.search.recorder import Recorder
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.prepared import DataPlace
from hpsearch.study.studyfile import Study
from hpsearch.worker import worker
from hpsearch.worker.trial import TrialTask

DEATHS_ALLOWED = 3
STARTS_ALLOWED = 20
_SECONDS_BETWEEN_LOOKS = 0.5
_SHORT_SECONDS = 1.0
_N_RECENT = 8


@dataclass(frozen=True)
class Budget:
    """How much to search; no part of a study's identity.

    Attributes:
        trials: how many there shall be in all.
        seconds: after which running trials are stopped at their epoch's end; None = no limit.
        trial_seconds: after which a trial's process is ended and the trial fails; None = no limit.
        trial_memory: bytes beyond those of a fresh worker, above which a trial fails; None = no limit.
    """

    trials: int
    seconds: float | None = None
    trial_seconds: float | None = None
    trial_memory: int | None = None


@dataclass(frozen=True)
class Status:
    """Where a search stands.

    Attributes:
        trials: how many there shall be.
        states: recorded trials by state.
        waiting: finished trials that wait for an earlier one.
        running: trials at work, without those that wait in a worker.
        best: the best recorded trial.
        epochs: epochs of the recorded trials.
        seconds: since this run began.
        n_new: trials recorded since this run began.
    """

    trials: int
    states: Counter[str]
    waiting: int
    running: int
    best: TrialRecord | None
    epochs: int
    seconds: float
    n_new: int

    @property
    def recorded(self) -> int:
        """How many trials the record has."""
        return self.states.total()


@dataclass
class _Flight:
    """A trial in a slot: the first one there is at work, another waits for it.

    Attributes:
        number: the trial's.
        slot: where it is.
        since: when it was first seen at work; None before.
    """

    number: int
    slot: int
    since: float | None = None


class Search:
    """The search of a study in its folder, which the caller has locked.

    Args:
        study: the study.
        folder: its folder.
        data: where workers find the training and validation splits.
        slots: where trials run.
        budget: how much to search.
    """

    def __init__(
        self, study: Study, folder: StudyFolder, data: DataPlace, slots: Slots, budget: Budget
    ) -> None:
        self._study = study
        self._folder = folder
        self._data = data
        self._slots = slots
        self._desk = tasks.desk_of(study, folder)
        self._proposer = Proposer(study.sampler, study.seed, study.space, study.enqueued)
        self._budget = replace(budget, trials=min(budget.trials, self._proposer.size or budget.trials))
        self._recorder = Recorder(folder, study.space, self._budget.trials, study.max_epochs)
        self._proposals: dict[int, Proposal] = {}
        self._n_asked = 0
        self._n_told = 0
        self._queue: deque[int] = deque()
        self._flights: dict[Future[worker.Finished], _Flight] = {}
        self._recent_seconds: deque[float] = deque(maxlen=_N_RECENT)
        self._deaths: dict[int, list[int]] = {}
        self._n_lost_starts = 0
        self._stopping = False
        self._began = time.monotonic()
        self._n_before = len(self._recorder.records)
        self._restore()

    def __iter__(self) -> Iterator[Status]:
        """Searches until all trials are recorded or a stop was asked for."""
        while True:
            self._dispatch()
            self._require_lock()
            self._recorder.record()
            yield self.status()
            self._ask_ahead()
            if not self._flights:
                return
            self._collect()

    @property
    def records(self) -> list[TrialRecord]:
        """The recorded trials."""
        return self._recorder.records

    @property
    def is_complete(self) -> bool:
        """Whether all trials of the budget are recorded."""
        return len(self.records) >= self._budget.trials

    def request_stop(self) -> None:
        """Lets running trials stop at the end of their epoch; they go on in the next run."""
        self._stopping = True
        self._folder.stop_file.touch()

    def status(self) -> Status:
        """Returns where the search stands."""
        return Status(
            trials=self._budget.trials,
            states=Counter(self._recorder.states),
            waiting=len(self._recorder.finished) - len(self.records),
            running=len({flight.slot for flight in self._flights.values()}),
            best=next(iter(self._recorder.best), None),
            epochs=self._recorder.epochs,
            seconds=time.monotonic() - self._began,
            n_new=len(self.records) - self._n_before,
        )

    def _require_lock(self) -> None:
        """Refuses to record without the lock file: whoever removed it may let a second run in."""
        if not self._desk.is_in_sight():
            raise FolderError(
                f"{self._folder.lock_file}: was removed or taken over; the same command goes on"
            )

    def _restore(self) -> None:
        """Takes up what an earlier run left: recorded, finished and asked trials."""
        for number, record in enumerate(self.records):
            self._proposals[number] = Proposal(record.params, record.attributes)
        for number in itertools.count(len(self.records)):
            trial = self._folder.trial(number)
            trial.remove_leftovers()
            proposal = trial.read_task()
            if proposal is None:
                break
            self._proposals[number] = proposal
            outcome = trial.read_outcome(proposal.params)
            if outcome is not None and outcome.state in STATES:
                self._recorder.take(proposal, outcome)
            elif number < self._budget.trials:
                self._queue.append(number)
        self._n_asked = number
        self._n_told = min(self._recorder.n_in_a_row, max(0, number - self._study.lookahead))
        told = [self._recorder.finished[i] for i in range(self._n_told)]
        self._proposer.restore(told, [self._proposals[i] for i in range(self._n_told, number)])

    def _ask_ahead(self) -> None:
        """Asks for trials as far as the lookahead allows, and dispatches them as they come."""
        while not self._stopping and (number := self._n_asked) < self._budget.trials:
            n_known = tasks.n_known(self._study, number)
            if n_known > self._recorder.n_in_a_row:
                return
            while self._n_told < n_known:
                self._proposer.tell(self._recorder.finished[self._n_told])
                self._n_told += 1
            proposal = self._proposer.ask(number)
            self._folder.trial(number).write_task(proposal, self._study.seed)
            self._proposals[number] = proposal
            self._queue.append(number)
            self._n_asked += 1
            self._dispatch()

    def _dispatch(self) -> None:
        """Gives waiting trials to slots that have room."""
        while self._is_next_ready() and (slot := self._slot_with_room()) is not None:
            number = self._queue.popleft()
            task, trial = self._task(number), self._folder.trial(number)
            future = self._slots.submit(
                slot, worker.run_task, task, trial.absolute(), self._desk, self._budget.trial_memory
            )
            self._flights[future] = _Flight(number, slot)

    def _is_next_ready(self) -> bool:
        """Says whether a trial waits of which the history is known: one before it may be trained again."""
        if self._stopping or not self._queue:
            return False
        return tasks.n_known(self._study, self._queue[0]) <= self._recorder.n_in_a_row

    def _slot_with_room(self) -> int | None:
        """Returns the slot that has fewest trials, if it has room for another one.

        A short trial may wait in a slot behind the one at work, so that its process goes on at once while
        the sampler computes. A long one would keep other slots waiting for more than that gains.
        """
        n_trials = Counter(flight.slot for flight in self._flights.values())
        slot = min(range(self._slots.size), key=lambda slot: n_trials[slot])
        are_short = bool(self._recent_seconds) and fmean(self._recent_seconds) < _SHORT_SECONDS
        room = 1 + (self._slots.n_waiting if are_short else 0)
        return slot if n_trials[slot] < room else None

    def _task(self, number: int) -> TrialTask:
        n_known = tasks.n_known(self._study, number)
        params, history = self._proposals[number].params, self._recorder.history(n_known)
        return replace(
            tasks.search_task(self._study, self._data, number, params, history),
            keep_above=self._recorder.worst_kept_value(n_known),
            attempt=len(self._deaths.get(number, ())),
        )

    def _collect(self) -> None:
        """Waits until a trial ends or a limit is reached, and takes in what ended."""
        done, _ = wait(self._flights, timeout=_SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
        for future in [future for future in self._flights if future in done]:  # in a slot's order
            if future in self._flights:
                self._take_in(future)
        self._watch_limits()

    def _take_in(self, future: Future[worker.Finished]) -> None:
        flight = self._flights[future]
        if future.cancelled():
            raise HpsearchError(
                f"trial {flight.number} was cancelled: its executor or scheduler is gone; "
                f"the same command goes on"
            )
        error = future.exception()
        if error is None:
            del self._flights[future]
            self._take_result(flight.number, future.result())
        elif self._slots.is_death(error):
            was_ready = self._slots.is_ready(flight.slot)
            number = self._renew(flight.slot)
            if was_ready:
                self._survive(number)
            else:
                self._start_again(number)
        else:
            raise error

    def _take_result(self, number: int, finished: worker.Finished) -> None:
        self._n_lost_starts = 0
        if finished.weights is not None:
            self._folder.trial(number).put_weights(finished.weights)
        if finished.outcome.state == STOPPED:
            self._queue.append(number)
        else:
            self._recent_seconds.append(finished.outcome.cost.seconds)
            self._recorder.take(self._proposals[number], finished.outcome)

    def _renew(self, slot: int) -> int:
        """Gives a slot a new process and returns the trial that was at work; others there wait anew."""
        at_work, *waiting = [future for future, flight in self._flights.items() if flight.slot == slot]
        for future in reversed(waiting):
            self._queue.appendleft(self._flights.pop(future).number)
        self._slots.renew(slot)
        number = self._flights.pop(at_work).number
        self._folder.trial(number).remove_leftovers()
        return number

    def _start_again(self, number: int) -> None:
        """Waits for another process: the death of one that was still starting is not the trial's doing."""
        self._n_lost_starts += 1
        if self._n_lost_starts == STARTS_ALLOWED:
            raise HpsearchError(
                f"{STARTS_ALLOWED} worker processes in a row died while starting (is memory short?); "
                f"the same command goes on"
            )
        self._queue.appendleft(number)

    def _survive(self, number: int) -> None:
        """Lets a trial whose process died go on from its checkpoint, unless it keeps dying."""
        epochs_at_death = self._deaths.setdefault(number, [])
        epochs_at_death.append(self._folder.trial(number).checkpoint_epoch())
        if epochs_at_death[-DEATHS_ALLOWED:] != [epochs_at_death[-1]] * DEATHS_ALLOWED:
            self._queue.appendleft(number)
        else:
            self._give_up(
                number,
                f"its process died {DEATHS_ALLOWED} times in a row without finishing another epoch "
                f"(was memory short?)",
            )

    def _watch_limits(self) -> None:
        """Stops the search when its time is up, and ends trials that take too long."""
        now, limit = time.monotonic(), self._budget.trial_seconds
        if self._budget.seconds is not None and now - self._began >= self._budget.seconds:
            self.request_stop()
        if limit is None:
            return
        at_work = {flight.slot: (future, flight) for future, flight in reversed(self._flights.items())}
        for slot, (future, flight) in at_work.items():
            if flight.since is None:
                flight.since = now if self._slots.is_ready(slot) else None
            elif now - flight.since > limit and not future.done():
                self._give_up(self._renew(slot), f"took longer than {limit:g} s")

    def _give_up(self, number: int, reason: str) -> None:
        """Records a trial as failed whose process could not end it."""
        now = time.time()
        outcome = TrialOutcome(number, "failed", (), reason, started=now, finished=now)
        self._recorder.take(self._proposals[number], outcome)
