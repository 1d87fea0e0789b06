"""The first epochs of a trial, measured: what a plan of a search is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from hpsearch.disk.trialfolder import TrialFolder
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
        epoch_seconds: of one epoch; None, with a reason, if they failed.
        peak_bytes: the most memory that the process had; None where that is not known.
        net_bytes: the largest file that the trial leaves.
        reason: why they failed.
    """

    epoch_seconds: float | None
    peak_bytes: int | None
    net_bytes: int
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
    peak = memory.peak()
    if outcome.state == "failed":
        return Probe(None, peak, 0, outcome.reason)
    sizes = [path.stat().st_size for path in folder.path.glob("*")]
    return Probe(outcome.cost.seconds / outcome.cost.epochs, peak, max(sizes, default=0), "")
