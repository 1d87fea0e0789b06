"""The promised order: ask, dispatch, tell and record, in the one process that samples and writes the record.

`Search` is iterated by its caller and yields a `Status` whenever something happened. Trials are
asked, told and recorded in trial order, whoever finished first; when trial n is asked for, the
sampler knows how 0..n-L ended and that n-L+1..n-1 are running, whatever else is already done.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import FolderError
from hpsearch.records import STATES, STOPPED, Proposal, TrialRecord, predecessors, trained_after
from hpsearch.search import lookahead, tasks
from hpsearch.search.budget import Budget
from hpsearch.search.executors import Slots
from hpsearch.search.processes import Lost, Processes
from hpsearch.search.proposals import propose, proposer_of
from hpsearch.search.recorder import Recorder
from hpsearch.search.status import Status
from hpsearch.study.prepared import DataPlace
from hpsearch.study.study import Study
from hpsearch.worker.task import TrialTask
from hpsearch.worker.worker import Finished


class Search:
    """The search of a study in its folder, which the caller has locked.

    Args:
        study: the study.
        folder: its folder.
        data: where workers find the training and validation splits.
        slots: where trials run.
        budget: how much to search.
        n_val: number of validation images.
    """

    def __init__(
        self, study: Study, folder: StudyFolder, data: DataPlace, slots: Slots, budget: Budget, n_val: int
    ) -> None:
        self._study = study
        self._folder = folder
        self._data = data
        self._coordinator = tasks.this_coordinator(study, folder)
        self._proposer = proposer_of(study)
        self._budget = replace(budget, trials=min(budget.trials, self._proposer.size or budget.trials))
        self._processes = Processes(slots, folder, self._coordinator, self._budget)
        self._recorder = Recorder(folder, study, self._budget.trials, n_val)
        self._proposals: dict[int, Proposal] = {}
        self._n_asked = 0
        self._n_told = 0
        self._queue: deque[int] = deque()
        self._is_stopping = False
        self._began = time.monotonic()
        self._n_before = len(self._recorder.records)
        self._restore()
        self._heed_rules()

    def __iter__(self) -> Iterator[Status]:
        """Searches until all trials are recorded, a rule ends the search or a stop was asked for."""
        while True:
            self._dispatch()
            self._require_lock()
            self._recorder.record()
            self._heed_rules()
            yield self.status()
            self._ask_ahead()
            if not self._processes:
                self._forget_the_rest()
                return
            for ending in self._processes.collect():
                self._take_in(ending)
            if self._is_time_up():
                self.request_stop()

    @property
    def data(self) -> DataPlace:
        """Where the splits are."""
        return self._data

    @property
    def records(self) -> list[TrialRecord]:
        """The recorded trials."""
        return self._recorder.records

    @property
    def is_complete(self) -> bool:
        """Whether all trials of the budget are recorded, or those with which a rule ended the search."""
        return len(self.records) >= self._budget.trials or bool(self._recorder.ended_by)

    def request_stop(self) -> None:
        """Lets running trials stop at the end of their epoch; they go on in the next run."""
        self._is_stopping = True
        self._folder.stop_file.touch()

    def status(self) -> Status:
        """Returns where the search stands."""
        return Status(
            trials=max(self._budget.trials, len(self.records)),  # fewer may be asked for than there are
            states=Counter(self._recorder.states),
            waiting=len(self._recorder.finished) - len(self.records),
            running=self._processes.n_at_work,
            best=next(iter(self._recorder.best), None),
            epochs=self._recorder.epochs,
            seconds=time.monotonic() - self._began,
            n_new=len(self.records) - self._n_before,
            ended_by=self._recorder.ended_by,
        )

    def _heed_rules(self) -> None:
        """Stops trials that are at work when a rule has ended the search."""
        if self._recorder.ended_by and not self._is_stopping:
            self._is_stopping = True
            if self._processes:
                self._folder.stop_file.touch()

    def _forget_the_rest(self) -> None:
        """Removes what was begun after the trial with which a rule ended the search.

        Which trials that are depends on the number of workers; a search that goes on makes them again. Those
        that knew failed ones as failed, which were tried again since, would be others then: they stay.
        """
        if self._recorder.ended_by:
            self._folder.remove_trials_from(max(len(self.records), self._recorder.n_asked_at_retry))
            self._folder.stop_file.unlink(missing_ok=True)

    def _require_lock(self) -> None:
        """Refuses to record without the lock file: whoever removed it may let a second run in."""
        if not self._coordinator.holds_its_lock():
            raise FolderError(
                f"{self._folder.lock_file}: was removed or taken over; run the same command again to continue"
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
        for number, proposal in self._proposals.items():
            self._proposer.take_up(number, proposal)

    def _ask_ahead(self) -> None:
        """Asks for trials as far as the lookahead allows, and dispatches them as they come."""
        while not self._is_stopping and (number := self._n_asked) < self._budget.trials:
            n_known = self._n_known(number)
            if n_known > self._recorder.n_in_a_row:
                return
            while self._n_told < n_known:
                self._proposer.tell(self._recorder.finished[self._n_told])
                self._n_told += 1
            proposal = self._propose(number, n_known)
            self._folder.trial(number).write_task(proposal, self._study.seed)
            self._proposals[number] = proposal
            self._queue.append(number)
            self._n_asked += 1
            self._dispatch()

    def _propose(self, number: int, n_known: int) -> Proposal:
        """Returns what a trial is, given that so many trials are known."""
        trials, before = self._recorder.finished, self._proposals.values()
        return propose(self._study, self._proposer, number, n_known, trials, before)

    def _dispatch(self) -> None:
        """Gives waiting trials to processes that have room."""
        while self._is_next_ready() and self._processes.have_room():
            self._processes.submit(self._task(self._queue.popleft()))

    def _is_next_ready(self) -> bool:
        """Says whether a trial waits of which the history is known: one before it may be trained again."""
        if self._is_stopping or not self._queue:
            return False
        return self._n_known(self._queue[0]) <= self._recorder.n_in_a_row

    def _task(self, number: int) -> TrialTask:
        n_known = self._n_known(number)
        proposal = self._proposals[number]
        history = self._recorder.history(n_known, trained_after(number, proposal))
        before = predecessors(self._recorder.finished, proposal.continues)
        task = tasks.search_task(self._study, self._data, number, proposal.params, history, before)
        return replace(task, keep_above=self._recorder.worst_kept_value(n_known))

    def _n_known(self, number: int) -> int:
        return lookahead.n_known(self._study.lookahead, number)

    def _take_in(self, ending: Finished | Lost) -> None:
        """Puts a trial's outcome on disk, or the trial back into the queue."""
        if isinstance(ending, Lost):
            self._queue.appendleft(ending.number)
            return
        outcome = ending.outcome
        if ending.weights is not None:
            self._folder.trial(outcome.number).put_weights(ending.weights)
        if ending.hits is not None:
            self._folder.trial(outcome.number).put_hits(ending.hits)
        if ending.layers is not None:
            self._folder.trial(outcome.number).put_layers(ending.layers)
        if outcome.state == STOPPED:
            self._queue.append(outcome.number)
            self._is_stopping |= self._folder.stop_file.exists()  # which somebody else may have made
        else:
            self._recorder.take(self._proposals[outcome.number], outcome)

    def _is_time_up(self) -> bool:
        limit = self._budget.seconds
        return limit is not None and time.monotonic() - self._began >= limit
