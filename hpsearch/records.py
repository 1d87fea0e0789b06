"""What is known of a trial: its curve, its outcome, and the record that the journal keeps.

Plain data that survives JSON bit for bit. `TrialOutcome` is what a worker returns; `TrialRecord` is
an outcome together with what was asked. `History` is what pruners see of earlier trials, and
`canonical_dump` is how two records are compared.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from hpsearch.space import Params

STATES = ("complete", "pruned", "diverged", "failed")
CONTINUED = "continued"  # not a state: how a paused trial counts that a later one went on with
CONTINUES = "continues"  # the attribute of a trial that goes on with a paused one: that one's number
RETRIED = "retried"  # the attribute of a trial that had failed before: see `TrialRecord.retries`
PICKED = "auto:sampler"  # the attribute of a trial of the sampler `auto`: which one proposed it
STOPPED = "stopped"  # a worker's answer to a stop request; never recorded


@dataclass(frozen=True)
class Epoch:
    """One epoch of a trial's curve; accuracies are fractions, NaN where the net diverged."""

    val_accuracy: float
    train_accuracy: float
    loss: float


@dataclass(frozen=True)
class Cost:
    """What a trial cost, summed over all its processes.

    Attributes:
        epochs: finished epochs; of a trial that goes on with another those after that one's.
        examples: training images seen.
        cpu_seconds: of the worker's process while it trained.
        seconds: wall time while it trained.
    """

    epochs: int = 0
    examples: int = 0
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Returns what two trials cost together."""
        return Cost(
            epochs=self.epochs + other.epochs,
            examples=self.examples + other.examples,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            seconds=self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class TrialOutcome:
    """How a trial ended, or where it was when it was stopped.

    Attributes:
        number: the trial's number.
        state: one of `STATES`, or `STOPPED`.
        curve: its epochs, from the first; those of the trial that it goes on with, if any, included.
        reason: why it was pruned, diverged or failed; "" for a complete one.
        cost: what it cost.
        error: traceback and place of the exception of a failed trial.
        hits: which validation images the net of the best epoch got right, as `hits.pack` gives them; ""
            where there is no such epoch, and in records of before.
        environment: fingerprint of what its bits depend on beside study, seed and data; "" in records
            of before.
        worker: process and host that ended it.
        started, finished: POSIX times in seconds; `started` is that of the last process.
    """

    number: int
    state: str
    curve: tuple[Epoch, ...]
    reason: str = ""
    cost: Cost = field(default_factory=Cost)
    error: Mapping[str, str] | None = None
    hits: str = ""
    environment: str = ""
    worker: str = ""
    started: float = 0.0
    finished: float = 0.0

    @cached_property
    def best_epoch(self) -> int | None:
        """The epoch (from 1) with the best validation accuracy, the first of equals; None if none."""
        accuracies = [epoch.val_accuracy for epoch in self.curve]
        finite = [accuracy for accuracy in accuracies if math.isfinite(accuracy)]
        return accuracies.index(max(finite)) + 1 if finite else None

    @property
    def value(self) -> float | None:
        """The best epoch's validation accuracy; None before the first finite epoch."""
        best = self.best_epoch
        return None if best is None else self.curve[best - 1].val_accuracy


@dataclass(frozen=True)
class Proposal:
    """What a sampler proposes: parameters, and the attributes that it must find again later."""

    params: Params
    attributes: Mapping[str, Any]

    @property
    def continues(self) -> int | None:
        """The number of the paused trial that it goes on with; None for a new one."""
        return self.attributes.get(CONTINUES)

    @property
    def retries(self) -> Sequence[tuple[int, Sequence[float]]]:
        """For each time that it failed and was tried again: trials asked for by then, and its accuracies."""
        retries: Sequence[tuple[int, Sequence[float]]] = self.attributes.get(RETRIED, ())
        return retries


@dataclass(frozen=True)
class TrialRecord(Proposal):
    """A finished trial as the journal keeps it: what was asked, with values in the order of the space.

    Attributes:
        outcome: how it ended.
    """

    outcome: TrialOutcome

    @property
    def number(self) -> int:
        """The trial's number."""
        return self.outcome.number

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return self.outcome.state

    @property
    def value(self) -> float | None:
        """The best epoch's validation accuracy, whatever the state."""
        return self.outcome.value


@dataclass(frozen=True)
class History:
    """What a pruner sees of earlier trials: their curves as a matrix, and their states.

    Attributes:
        curves: validation accuracies, (trials, epochs of the longest one) float64, NaN after a trial's last
            epoch.
        complete: which of them are complete, (trials,) bool.
        n_epochs: how many no trial of the study exceeds.
        every: k, if it holds every k-th trial of the study; 1 for all.
    """

    curves: np.ndarray[Any, np.dtype[np.float64]]
    complete: np.ndarray[Any, np.dtype[np.bool_]]
    n_epochs: int
    every: int = 1

    @classmethod
    def of(cls, outcomes: Sequence[TrialOutcome], n_epochs: int) -> History:
        """Returns the history that consists of these trials, in their order."""
        return cls(np.empty((0, 0)), np.empty(0, dtype=bool), n_epochs).extended(outcomes)

    def extended(self, outcomes: Sequence[TrialOutcome]) -> History:
        """Returns this history with more trials after its own; a diverged one shows no curve."""
        n_before, n_epochs = self.curves.shape
        n_epochs = max([n_epochs, *(len(outcome.curve) for outcome in outcomes)])
        curves = np.full((n_before + len(outcomes), n_epochs), np.nan)
        curves[:n_before, : self.curves.shape[1]] = self.curves
        for row, outcome in zip(curves[n_before:], outcomes, strict=True):
            if outcome.state != "diverged":
                row[: len(outcome.curve)] = [epoch.val_accuracy for epoch in outcome.curve]
        complete = np.array([outcome.state == "complete" for outcome in outcomes], dtype=bool)
        return replace(self, curves=curves, complete=np.concatenate([self.complete, complete]))

    def first(self, n_trials: int) -> History:
        """Returns the history of the first trials alone."""
        return replace(self, curves=self.curves[:n_trials], complete=self.complete[:n_trials])

    def turn(self, number: int, n_turns: int) -> History:
        """Returns the history of those trials that have the same turn of `n_turns` as trial `number`."""
        turn = slice(number % n_turns, None, n_turns)
        return replace(self, curves=self.curves[turn], complete=self.complete[turn], every=n_turns)

    def at(self, epoch: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Returns the trials' accuracies at an epoch, counted from 1: (trials,), NaN where there is none."""
        if epoch > self.curves.shape[1]:
            return np.full(len(self.curves), np.nan)
        return self.curves[:, epoch - 1]


def trained_after(number: int, trial: Proposal) -> int:
    """Returns how many trials had been asked for when a trial began to train, the last time that it did."""
    return trial.retries[-1][0] if trial.retries else number


def as_known_after(records: Iterable[TrialRecord], n_asked: int) -> list[TrialRecord]:
    """Returns trials as they were known when so many had been asked for.

    One that was tried again later had failed then, and had the curve of that time.
    """
    known = []
    for record in records:
        accuracies = next((accuracies for n_then, accuracies in record.retries if n_then > n_asked), None)
        if accuracies is not None:
            curve = tuple(Epoch(accuracy, math.nan, math.nan) for accuracy in accuracies)
            failed = replace(record.outcome, state="failed", curve=curve, hits="")
            record = replace(record, outcome=failed)
        known.append(record)
    return known


def predecessors(records: Mapping[int, TrialRecord], continues: int | None) -> list[TrialRecord]:
    """Returns the trials that one goes on with, given the number of the last of them: that one first."""
    found = []
    while continues is not None:
        found.append(records[continues])
        continues = found[-1].continues
    return found


def settled(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Returns the trials without those that a later one went on with, whose cost that one bears."""
    found: dict[int, TrialRecord] = {}
    for record in records:
        if record.continues is not None:
            cost = found.pop(record.continues).outcome.cost + record.outcome.cost
            record = replace(record, outcome=replace(record.outcome, cost=cost))
        found[record.number] = record
    return list(found.values())


def went_on_with(records: Iterable[TrialRecord]) -> dict[int, tuple[int, ...]]:
    """Returns for each settled trial that went on with paused ones the numbers of these, in their order."""
    found: dict[int, tuple[int, ...]] = {}
    for record in records:
        if record.continues is not None:
            found[record.number] = (*found.pop(record.continues, ()), record.continues)
    return found


def state_counts(records: Iterable[TrialRecord]) -> Counter[str]:
    """Returns how many trials ended in each state, and as CONTINUED how many a later one went on with."""
    counts: Counter[str] = Counter()
    for record in records:
        add_to_counts(counts, record)
    return counts


def add_to_counts(counts: Counter[str], record: TrialRecord) -> None:
    """Counts one more trial; the one that it goes on with is no longer pruned, but CONTINUED."""
    counts[record.state] += 1
    if record.continues is not None:
        counts["pruned"] -= 1
        counts[CONTINUED] += 1


def states_in_words(counts: Mapping[str, int]) -> str:
    """Returns "3 complete, 1 pruned" of what `state_counts` returns; "" if there is no trial."""
    return ", ".join(f"{counts[state]} {state}" for state in (*STATES, CONTINUED) if counts[state])


def ranking(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Returns the complete trials, best first; of equals the earlier one is first."""
    complete = [record for record in records if record.state == "complete" and record.value is not None]
    return sorted(complete, key=lambda record: (-(record.value or 0.0), record.number))


def canonical_dump(records: Iterable[TrialRecord]) -> str:
    """Returns the trials as text without times and machine: equal texts, equal searches."""
    lines = []
    for record in records:
        outcome = record.outcome
        values = {
            "number": record.number,
            "state": record.state,
            "params": record.params,
            "attributes": record.attributes,
            "curve": [asdict(epoch) for epoch in outcome.curve],
            "reason": outcome.reason,
            "epochs": outcome.cost.epochs,
            "examples": outcome.cost.examples,
        }
        if outcome.hits:  # absent from records of before, which keep their digest
            values["hits"] = outcome.hits
        lines.append(json.dumps(values, sort_keys=True))
    return "\n".join(lines)


def digest(records: Iterable[TrialRecord]) -> str:
    """Returns the hash of the canonical dump, as hex digits."""
    return hashlib.sha256(canonical_dump(records).encode()).hexdigest()
