"""Pruned trials trained to their end: what pruning saved, and what it cost.

A pruned trial is a pure function of its task, so that training it again without the pruner goes through
the recorded epochs and then shows what would have come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from hpsearch.checks import retrain
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import HpsearchError, NothingYetError
from hpsearch.records import TrialOutcome, TrialRecord
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.frames import trials_frame
from hpsearch.results.stats import Interval, wilson_interval
from hpsearch.results.winner import find_winner
from hpsearch.search import tasks
from hpsearch.seeds import Purpose, generator
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study


@dataclass(frozen=True)
class Audit:
    """What pruning did.

    Attributes:
        trials: a row an audited trial: number; pruned_at, pruned_value (epoch and best validation accuracy
            when it was pruned); state, value (how it ended, and the best accuracy of all its epochs; NaN for
            one that diverged); wins (whether that beats the winner).
        n_pruned: all pruned trials of the study.
        best: the winner's validation accuracy.
        epochs: what the study trained, and what pruning saved.
        winners: 95 % Wilson interval of the share of pruned trials that would have beaten the winner.
    """

    trials: pd.DataFrame
    n_pruned: int
    best: float
    epochs: EpochsSpent
    winners: Interval


def audit_pruning(study: Study, folder: StudyFolder, *, n_trials: int, jobs: int) -> Audit:
    """Trains some pruned trials to their end: all of them, or a draw that the study's seed decides.

    Raises:
        NothingYetError: no trial is complete, or none was pruned.
        HpsearchError: a trial no longer goes through its recorded epochs.
    """
    best = find_winner(folder).value
    assert best is not None, "a winner is complete"
    records = read_records(folder.journal)
    pruned = [record for record in records if record.state == "pruned"]
    if not pruned:
        raise NothingYetError(f"{folder.path}: no trial was pruned")
    drawn = generator(study.seed, Purpose.AUDIT).permutation(len(pruned))[:n_trials]
    chosen = [pruned[i] for i in sorted(drawn)]
    place = data_place(study, prepare_data(study))
    whole = [tasks.whole_task(study, place, record) for record in chosen]
    outcomes = retrain.train_again(study, whole, jobs)
    rows = [_row(record, outcome, best) for record, outcome in zip(chosen, outcomes, strict=True)]
    trials = pd.DataFrame(rows)
    return Audit(
        trials=trials,
        n_pruned=len(pruned),
        best=best,
        epochs=EpochsSpent.of(study, trials_frame(records, study.space)),
        winners=wilson_interval(float(trials["wins"].mean()), len(trials)),
    )


def _row(record: TrialRecord, whole: TrialOutcome, best: float) -> dict[str, Any]:
    n_recorded = len(record.outcome.curve)
    if repr(record.outcome.curve) != repr(whole.curve[:n_recorded]):
        raise HpsearchError(
            f"trial {record.number} no longer goes through its recorded epochs; see hpsearch replay --trial "
            f"{record.number}"
        )
    value = whole.value if whole.state == "complete" else None
    return {
        "number": record.number,
        "pruned_at": n_recorded,
        "pruned_value": record.value,
        "state": whole.state,
        "value": float("nan") if value is None else value,
        "wins": value is not None and value > best,
    }
