"""Finished trials -> the record, in trial order.

`Recorder` takes outcomes as they come, keeps each on disk, and appends a trial to the journal when
all before it are there. It also keeps the weights of the best few, and the checkpoints of the paused
trials that are the next to go on, and throws the others away.
`forget_failed` takes failed trials out of a record, to be trained again.
"""

from __future__ import annotations

import heapq
import math

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter, cut_record, read_records
from hpsearch.errors import NetError
from hpsearch.records import (
    History,
    Proposal,
    TrialOutcome,
    TrialRecord,
    add_to_counts,
    as_known_after,
    ranking,
    state_counts,
    trained_after,
)
from hpsearch.strategies.stopping import Stopping
from hpsearch.study.study import Study

KEPT_WEIGHTS = 3
KEPT_PAUSED = 4  # of those that wait at the same epoch; what is not kept trains again from its first epoch
FIRST_FAILURES = 5


class Recorder:
    """The finished trials of a study: those in the journal, and those that wait for their turn.

    Attributes:
        records: the recorded trials, in order.
        finished: all finished trials by number, recorded or not.
        best: the best recorded trials, best first; at most `KEPT_WEIGHTS`.
        states: what `state_counts` returns of them.
        epochs: epochs of the recorded trials.
        n_asked_at_retry: how many trials were asked for when failed ones were last tried again; 0 if never.
    """

    def __init__(self, folder: StudyFolder, study: Study, n_trials: int, n_val: int) -> None:
        self._folder = folder
        self._n_trials = n_trials
        self.records: list[TrialRecord] = read_records(folder.journal)
        self._writer = RecordWriter(folder.journal, study.space, folder.name)
        self.finished: dict[int, TrialRecord] = dict(enumerate(self.records))
        self.best = ranking(self.records)[:KEPT_WEIGHTS]
        self.states = state_counts(self.records)
        self.epochs = sum(record.outcome.cost.epochs for record in self.records)
        self._values: list[float] = []  # of complete trials in number order, -inf for others
        self._n_in_a_row = len(self.records)
        self._history = History.of([record.outcome for record in self.records], study.max_epochs)
        self.n_asked_at_retry = 0
        for record in self.records:
            self._note_retry(record)
        self._pauses = study.pruner.pauses
        self._paused: dict[int, list[TrialRecord]] = {}  # by epoch, the best first
        for record in self.records if self._pauses else ():
            self._keep_checkpoints_of_paused(record)
        self._stopping = Stopping(study.stop, n_val, study.n_turns)
        for record in self.records:
            self._stopping.take(record)

    @property
    def n_in_a_row(self) -> int:
        """How many trials are finished without a gap, recorded or not."""
        while self._n_in_a_row in self.finished:
            self._n_in_a_row += 1
        return self._n_in_a_row

    @property
    def ended_by(self) -> str:
        """Which rule of `[stop]` has ended the search, and why; "" if none has."""
        return self._stopping.reason

    def take(self, proposal: Proposal, outcome: TrialOutcome) -> None:
        """Takes in a finished trial and puts its outcome on disk."""
        self._folder.trial(outcome.number).write_outcome(proposal.params, outcome)
        self.finished[outcome.number] = TrialRecord(proposal.params, proposal.attributes, outcome)
        self._note_retry(self.finished[outcome.number])

    def _note_retry(self, record: TrialRecord) -> None:
        if record.retries:
            self.n_asked_at_retry = max(self.n_asked_at_retry, trained_after(record.number, record))

    def history(self, n_trials: int, n_asked: int) -> History:
        """Returns what a pruner sees of the first `n_trials` trials, as known when so many were asked for."""
        if n_asked < self.n_asked_at_retry:
            known = as_known_after([self.finished[i] for i in range(n_trials)], n_asked)
            return History.of([record.outcome for record in known], self._history.n_epochs)
        missing = range(len(self._history.complete), n_trials)
        if missing:
            self._history = self._history.extended([self.finished[i].outcome for i in missing])
        return self._history.first(n_trials)

    def worst_kept_value(self, n_trials: int) -> float:
        """Returns the value above which a trial's weights are kept, from the first `n_trials` trials."""
        for number in range(len(self._values), n_trials):
            record = self.finished[number]
            is_complete = record.state == "complete" and record.value is not None
            self._values.append(record.value or 0.0 if is_complete else -math.inf)
        return heapq.nlargest(KEPT_WEIGHTS, [-math.inf] * KEPT_WEIGHTS + self._values[:n_trials])[-1]

    def record(self) -> None:
        """Appends to the journal what is finished in a row, as far as no rule ends the search.

        Raises:
            FolderError: the journal cannot be written; nothing recorded is lost.
            NetError: the first trials failed alike; they are not recorded.
        """
        while len(self.records) < min(self.n_in_a_row, self._n_trials) and not self.ended_by:
            if not self.records and self._are_first_failures_alike():
                return
            record = self.finished[len(self.records)]
            self._writer.append(record)
            self.records.append(record)
            self._stopping.take(record)
            add_to_counts(self.states, record)
            self.epochs += record.outcome.cost.epochs
            self._keep_checkpoints_of_paused(record)
            self._keep_best_weights(record)

    def _keep_checkpoints_of_paused(self, record: TrialRecord) -> None:
        """Takes in a recorded trial, and removes the checkpoints from which none of the next goes on."""
        if record.continues is not None:
            self._folder.trial(record.continues).forget_checkpoint()
            for epoch, waiting in self._paused.items():
                self._paused[epoch] = [one for one in waiting if one.number != record.continues]
        if not self._pauses or record.state != "pruned":
            self._folder.trial(record.number).forget_checkpoint()
            return
        waiting = self._paused.setdefault(len(record.outcome.curve), [])
        waiting.append(record)
        waiting.sort(key=lambda one: -one.outcome.curve[-1].val_accuracy)
        for one in waiting[KEPT_PAUSED:]:
            self._folder.trial(one.number).forget_checkpoint()
        del waiting[KEPT_PAUSED:]

    def _keep_best_weights(self, record: TrialRecord) -> None:
        """Takes a recorded trial among the best, if it is, and throws other weights away."""
        candidates = [*self.best, record]
        self.best = ranking(candidates)[:KEPT_WEIGHTS]
        for candidate in candidates:
            if candidate not in self.best:
                self._folder.trial(candidate.number).weights.unlink(missing_ok=True)

    def _are_first_failures_alike(self) -> bool:
        """Says whether all trials failed alike so far, which keeps them out of the record for now."""
        row = [self.finished[i] for i in range(min(self.n_in_a_row, FIRST_FAILURES))]
        places = {(record.outcome.error or {}).get("place") for record in row}
        if any(record.state != "failed" for record in row) or len(places) > 1 or None in places:
            return False
        if len(row) < min(FIRST_FAILURES, self._n_trials):
            return True
        self._folder.forget_trials()
        told = "the only trial failed" if len(row) == 1 else f"the first {len(row)} trials failed alike"
        raise NetError(
            f"{told}: {row[0].outcome.reason} [{places.pop()}]; "
            f"the traceback is in {self._folder.trial(0).path / 'error.txt'}"
        )


def forget_failed(folder: StudyFolder, seed: int) -> None:
    """Forgets failed trials, recorded or not; all that are recorded after the first of them leave the record.

    The others stay as outcomes beside the record and are recorded again when the failed ones, trained
    again, have their turn. Each failed one bears how many trials were asked for, to which it had failed.
    """
    records = read_records(folder.journal)
    failed = [record.outcome for record in records if record.state == "failed"]
    waiting = [one for one in folder.outcomes_from(len(records)) if one.state == "failed"]
    n_asked = folder.n_asked(len(records))
    if failed:
        cut_record(folder.journal, failed[0].number)
    for outcome in failed + waiting:
        folder.trial(outcome.number).forget_failure(seed, n_asked, outcome.curve)
