"""A dry run: what a search would do, and how long, how large and on how much disk.

A few trials of the study are begun in a worker and timed for an epoch or two; nothing is written.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path

from hpsearch.errors import HpsearchError
from hpsearch.search import lookahead, tasks
from hpsearch.search.budget import Budget
from hpsearch.search.executors import LokySlots
from hpsearch.search.recorder import KEPT_WEIGHTS
from hpsearch.space import Params
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from hpsearch.worker import worker

_PROBES = 4
_RECORD_BYTES = 4000  # of a trial in journal, task and outcome


@dataclass(frozen=True)
class Plan:
    """What a search is expected to need.

    Attributes:
        trials: how many.
        max_epochs: epochs if none is pruned.
        epoch_seconds: time of an epoch in each probe.
        jobs: workers.
        worker_bytes: the largest memory of a worker.
        disk_bytes: record, kept weights and checkpoints.
        advice: what to say of more workers than the lookahead keeps busy; None if it keeps them all.
        proposals: the parameters of the probes.
    """

    trials: int
    max_epochs: int
    epoch_seconds: tuple[float, ...]
    jobs: int
    worker_bytes: int
    disk_bytes: int
    advice: str | None
    proposals: tuple[Params, ...]

    @property
    def seconds(self) -> float:
        """The expected wall time if nothing is pruned."""
        mean = sum(self.epoch_seconds) / len(self.epoch_seconds)
        return mean * self.max_epochs / min(self.jobs, self.trials)


def make_plan(study: Study, budget: Budget, jobs: int) -> Plan:
    """Times a few trials of a study.

    Raises:
        HpsearchError: the net fails in all of them, or ends its process.
    """
    data = data_place(study, prepare_data(study))
    proposer = Proposer(study.sampler, study.seed, study.space, study.enqueued)
    n_trials = min(budget.trials, proposer.size or budget.trials)
    proposals = [proposer.ask(number).params for number in range(min(_PROBES, study.lookahead, n_trials))]
    slots = LokySlots(1)
    try:
        history = tasks.history_of(study, [])
        probes = []
        for number, params in enumerate(proposals):
            task = tasks.search_task(study, data, number, params, history)
            with tempfile.TemporaryDirectory() as scratch:
                probes.append(slots.submit(0, worker.probe, task, str(Path(scratch))).result())
    except BrokenExecutor as error:
        raise HpsearchError(
            f"the worker process died in trial {number} (was memory short, or does the net end its process?)"
        ) from error
    finally:
        slots.close()
    finished = [probe for probe in probes if probe.epoch_seconds is not None]
    if not finished:
        raise HpsearchError(f"the net fails in each of {len(probes)} trials: {probes[0].reason}")
    net_bytes = max(probe.net_bytes for probe in finished)
    return Plan(
        trials=n_trials,
        max_epochs=n_trials * study.max_epochs,
        epoch_seconds=tuple(probe.epoch_seconds for probe in finished),
        jobs=jobs,
        worker_bytes=max(probe.peak_bytes for probe in finished),
        disk_bytes=n_trials * (_RECORD_BYTES + 100 * study.max_epochs)
        + (KEPT_WEIGHTS + 1) * net_bytes
        + 4 * jobs * net_bytes,
        advice=lookahead.advice(study.lookahead, jobs),
        proposals=tuple(proposals),
    )
