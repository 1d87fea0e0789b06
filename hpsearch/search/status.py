"""Where a search stands, for whoever iterates it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hpsearch.records import TrialRecord


@dataclass(frozen=True)
class Status:
    """Where a search stands.

    Attributes:
        trials: how many there shall be, at least as many as are recorded.
        states: recorded trials by state, as `records.state_counts` returns them.
        waiting: finished trials that wait for an earlier one.
        running: trials at work, without those that wait in a worker.
        best: the best recorded trial.
        epochs: epochs of the recorded trials.
        seconds: since this run began.
        n_new: trials recorded since this run began.
        ended_by: which rule of `[stop]` has ended the search, and why; "" if none has.
    """

    trials: int
    states: Counter[str]
    waiting: int
    running: int
    best: TrialRecord | None
    epochs: int
    seconds: float
    n_new: int
    ended_by: str = ""

    @property
    def recorded(self) -> int:
        """How many trials the record has."""
        return self.states.total()
