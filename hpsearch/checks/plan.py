"""A dry run: what a search would do, and how long, how large and on how much disk.

A few trials of the study are begun in a worker and timed for an epoch or two; nothing is written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from hpsearch.errors import HpsearchError
from hpsearch.search import lookahead, tasks
from hpsearch.search.budget import Budget
from hpsearch.search.pool import run_all
from hpsearch.search.processors import physical_cores
from hpsearch.search.proposals import proposer_of
from hpsearch.search.recorder import KEPT_PAUSED, KEPT_WEIGHTS
from hpsearch.strategies.pruners import is_rung
from hpsearch.study.notes import all_notes
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study
from hpsearch.worker.probe import Probe, probe
from hpsearch.worker.task import TrialTask
from nets.data import open_train_val

_PROBES = 4
_MORE_PROBES, _MORE_SECONDS = 12, 10.0
"""Trials differ in size: where four are timed soon so many more are, or as many as take so long."""
_DEATH = "the worker process died in trial {} (was memory short, or does the net end its process?)"
_RECORD_BYTES = 4000  # of a trial in journal, task and outcome, without its hits
_REPORT_BYTES = 3 * 2**20  # of page and figures


@dataclass(frozen=True)
class Plan:
    """What a search is expected to need.

    Attributes:
        trials: how many.
        max_epochs: epochs if none is pruned.
        epoch_seconds: time of an epoch in each probe.
        jobs: workers.
        worker_bytes: the largest memory of a worker; None where that is not known.
        disk_bytes: record, report, kept weights and checkpoints.
        advice: what to say of more workers than the lookahead keeps busy; None if it keeps them all.
        notes: what is to be known of the study, a sentence each.
    """

    trials: int
    max_epochs: int
    epoch_seconds: tuple[float, ...]
    jobs: int
    worker_bytes: int | None
    disk_bytes: int
    advice: str | None
    notes: tuple[str, ...] = ()

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
    prepared = prepare_data(study)
    proposer = proposer_of(study)
    n_trials = min(budget.trials, proposer.size or budget.trials)
    # as many at once as a search has here: they share caches and memory
    at_once = min(jobs, physical_cores())
    data, history = data_place(study, prepared), tasks.history_of(study, [])
    # What a sampler proposes before it knows anything.
    proposals = [proposer.ask(number).params for number in range(min(_PROBES + _MORE_PROBES, n_trials))]
    trials = [
        tasks.search_task(study, data, number, params, history) for number, params in enumerate(proposals)
    ]
    probes = _timed(trials[:_PROBES], at_once)
    n_more = int(_MORE_SECONDS * at_once * len(probes) / sum(one.seconds for one in probes))
    probes += _timed(trials[_PROBES:][:n_more], at_once)
    epoch_seconds = tuple(one.epoch_seconds for one in probes if one.epoch_seconds is not None)
    if not epoch_seconds:
        raise HpsearchError(f"the net fails in each of {len(probes)} trials: {probes[0].reason}")
    weights_bytes = max(one.weights_bytes for one in probes)
    checkpoint_bytes = max(one.checkpoint_bytes for one in probes)
    opened = open_train_val(prepared.train_val, study.preprocessing)
    hits_bytes = len(opened.y_val) / 8
    return Plan(
        trials=n_trials,
        max_epochs=n_trials * study.max_epochs,
        epoch_seconds=epoch_seconds,
        jobs=jobs,
        worker_bytes=max((one.peak_bytes for one in probes if one.peak_bytes is not None), default=None),
        disk_bytes=round(n_trials * (_RECORD_BYTES + (100 + hits_bytes) * study.max_epochs))
        + _REPORT_BYTES
        + (KEPT_WEIGHTS + 1) * weights_bytes
        + (jobs + _n_paused(study)) * checkpoint_bytes,
        advice=lookahead.advice(study.lookahead, jobs),
        notes=tuple(all_notes(study, opened)),
    )


def _timed(trials: Sequence[TrialTask], at_once: int) -> list[Probe]:
    """Returns the first epochs of trials, measured."""
    with tempfile.TemporaryDirectory() as scratch:
        return run_all(probe, [(one, f"{scratch}/{one.number}") for one in trials], at_once, _DEATH.format)


def _n_paused(study: Study) -> int:
    """Returns of how many paused trials the checkpoints are kept."""
    if not study.pruner.pauses:
        return 0
    first, factor = (int(study.pruner.options[name]) for name in ("min_epochs", "reduction_factor"))
    return KEPT_PAUSED * sum(is_rung(epoch, first, factor) for epoch in range(1, study.max_epochs))
