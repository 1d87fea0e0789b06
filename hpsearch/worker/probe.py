"""The first epochs of a trial, measured: what a plan of a search is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.records import STOPPED
from hpsearch.system import memory
from hpsearch.worker import threads
from hpsearch.worker.task import TrialTask
from hpsearch.worker.trial import train_trial

LONG = 10.0
"""An epoch of so many seconds tells enough alone: what a process has to do once is little beside it."""


@dataclass(frozen=True)
class Probe:
    """What the first epochs of a trial took.

    Attributes:
        seconds: from begin to end.
        epoch_seconds: of one epoch; None, with a reason, if they failed.
        peak_bytes: the most memory that the process had; None where that is not known.
        weights_bytes: what the kept weights of the trial take, at most.
        checkpoint_bytes: what its checkpoint takes, at most.
        reason: why they failed.
    """

    seconds: float
    epoch_seconds: float | None
    peak_bytes: int | None
    weights_bytes: int
    checkpoint_bytes: int
    reason: str


def probe(task: TrialTask, scratch: str) -> Probe:
    """Trains a trial for two epochs, or one if it is long or there are no more, and measures it.

    Args:
        task: the trial.
        scratch: a folder of its own, which need not be there yet.
    """
    threads.limit()
    asked, began = [], time.monotonic()

    def should_stop() -> bool:
        asked.append(True)
        return len(asked) == 2 or time.monotonic() - began > LONG

    folder = TrialFolder(Path(scratch))
    outcome = train_trial(task, folder, should_stop)
    seconds, peak = time.monotonic() - began, memory.peak()
    if outcome.state == "failed":
        return Probe(seconds, None, peak, 0, 0, outcome.reason)
    largest = max((path.stat().st_size for path in folder.path.glob("*")), default=0)
    # A trial that was stopped leaves its checkpoint, one at its end its weights. A checkpoint has the net's
    # weights, the best epoch's and those of the update rule: two to four times as much.
    is_stopped = outcome.state == STOPPED
    weights, checkpoint = (largest // 2, largest) if is_stopped else (largest, 4 * largest)
    return Probe(seconds, outcome.cost.seconds / outcome.cost.epochs, peak, weights, checkpoint, "")
