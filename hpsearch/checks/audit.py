"""Pruned trials trained to their end: what pruning saved, and what it cost.

A pruned trial is a pure function of its task, so that training it again without the pruner goes through
the recorded epochs and then shows what would have come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from hpsearch.checks import retrain
from hpsearch.checks.other_pruners import other_pruners
from hpsearch.disk.audited import Audited
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.errors import HpsearchError, NothingYetError
from hpsearch.records import TrialOutcome, TrialRecord, ranking, settled
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.luck import hits_of
from hpsearch.results.paired import difference_interval
from hpsearch.results.stats import Interval, share_interval
from hpsearch.results.tables import trials_frame
from hpsearch.results.winner import find_winner
from hpsearch.search import tasks
from hpsearch.seeds import Purpose, generator
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study


@dataclass(frozen=True)
class Regret:
    """What the audited trials would have added to the winner, had they not been pruned.

    Attributes:
        number: the trial that would have won by a higher accuracy; the winner's, if none of them.
        mean: how much better it is than the winner on the validation images, >= 0.
        low, high: the 95 % interval of how much better it truly is, by the images that one of the two got
            right; both 0 if none is better, None in records of before.
    """

    number: int
    mean: float
    low: float | None
    high: float | None


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
        winners: 95 % interval of the share of all pruned trials that would have beaten the winner.
        regret: what these trials would have added.
        pruners: what other pruners would have done, as `other_pruners` says it; each audited trial counts
            for as many pruned ones as there are to one that was audited.
        n_known: how many trials that is told by: those whose ends are known.
    """

    trials: pd.DataFrame
    n_pruned: int
    best: float
    epochs: EpochsSpent
    winners: Interval
    regret: Regret
    pruners: pd.DataFrame
    n_known: int


def audit_pruning(study: Study, folder: StudyFolder, *, n_trials: int, jobs: int) -> Audit:
    """Trains some pruned trials to their end: all of them, or a draw that the study's seed decides.

    Writes audit.json, for the page.

    Raises:
        NothingYetError: no trial is complete, or none was pruned.
        HpsearchError: a trial no longer goes through its recorded epochs.
    """
    winner = find_winner(folder)
    assert winner.value is not None, "a winner is complete"
    every = read_records(folder.journal)
    records = settled(every)
    pruned = [record for record in records if record.state == "pruned"]
    if not pruned:
        raise NothingYetError(f"{folder.path}: no trial was pruned")
    drawn = generator(study.seed, Purpose.AUDIT).permutation(len(pruned))[:n_trials]
    ends = _ends(study, [pruned[i] for i in sorted(drawn)], every, jobs)
    rows = [_row(record, ends[record.number], winner.value) for record in pruned if record.number in ends]
    trials = pd.DataFrame(rows)
    winners = share_interval(int(trials["wins"].sum()), len(trials), len(pruned))
    whole = [_whole(record, ends) for record in records]
    identity = Identity.read(folder.identity_file)
    n_val = 0 if identity is None else identity.data.num_val
    audit = Audit(
        trials=trials,
        n_pruned=len(pruned),
        best=winner.value,
        epochs=EpochsSpent.of(study, trials_frame(records, study.space)),
        winners=winners,
        regret=_regret(records, [record for record in whole if record is not None], n_val),
        pruners=other_pruners(study, whole, dict.fromkeys(ends, len(pruned) / len(ends))),
        n_known=sum(record is not None for record in whole),
    )
    _in_numbers(audit, len(every)).write(folder.audit_file)
    return audit


def _in_numbers(audit: Audit, n_trials: int) -> Audited:
    """Returns what the study's folder keeps of an audit."""
    fewest, most = (round(share * audit.n_pruned) for share in audit.winners)
    regret = audit.regret
    return Audited(
        n_trials=n_trials,
        n_pruned=audit.n_pruned,
        n_audited=len(audit.trials),
        n_better=int(audit.trials["wins"].sum()),
        fewest=fewest,
        most=most,
        regret=regret.mean,
        interval=() if regret.low is None or regret.high is None else (regret.low, regret.high),
    )


def _ends(
    study: Study, chosen: Sequence[TrialRecord], every: Sequence[TrialRecord], jobs: int
) -> dict[int, TrialOutcome]:
    """Returns how pruned trials, of all that are recorded, end without the pruner, by number."""
    place = data_place(study, prepare_data(study))
    by_number = dict(enumerate(every))
    trials = [tasks.whole_task(study, place, one, by_number) for one in chosen]
    ends = retrain.train_again(study, trials, jobs)
    return {record.number: one.outcome for record, one in zip(chosen, ends, strict=True)}


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


def _whole(record: TrialRecord, ends: Mapping[int, TrialOutcome]) -> TrialRecord | None:
    """Returns a trial as it ends without a pruner, None where that is not known."""
    if record.state != "pruned":
        return record
    return replace(record, outcome=ends[record.number]) if record.number in ends else None


def _regret(records: Sequence[TrialRecord], whole: Sequence[TrialRecord], n_val: int) -> Regret:
    """Returns what would have been chosen among all whole trials, against what was chosen.

    Where a pruned trial would have won by little, most of that is luck; the interval of the two has room for
    it, as tests/benchmarks/README.md says.
    """
    before, after = ranking(records)[0], ranking(whole)[0]
    if after.value == before.value:
        return Regret(before.number, 0.0, 0.0, 0.0)
    hits = [hits_of([record], n_val) for record in (after, before)]
    if hits[0] is None or hits[1] is None:
        return Regret(after.number, (after.value or 0.0) - (before.value or 0.0), None, None)
    return Regret(after.number, *difference_interval(hits[0][0], hits[1][0]))
