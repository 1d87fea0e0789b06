"""What another pruner would have done with the same curves.

A pruner is a pure function of a trial's curve and of those before it, so it can be asked about curves that
are known to their ends. Nothing is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from hpsearch.records import Cost, History, TrialOutcome, TrialRecord, ranking
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.tables import trials_frame
from hpsearch.search.lookahead import n_known
from hpsearch.search.tasks import history_of
from hpsearch.strategies.pruners import PRUNERS
from hpsearch.strategies.pruning import PrunerSettings, parse_settings
from hpsearch.study.study import Study


def other_pruners(
    study: Study, whole: Sequence[TrialRecord | None], weights: Mapping[int, float]
) -> pd.DataFrame:
    """Returns a row a pruner, the study's own first unless it only pauses, the others with their defaults.

    The trials are taken as they are: a sampler that learns would have asked for others.

    Args:
        study: its settings.
        whole: each trial in order as it ends without a pruner; None where that is not known.
        weights: for how many trials one counts, by number, where it is a draw from many; 1 for others.

    Returns:
        The columns pruner; own (is it the study's?); options; pruned (trials); spent, saved (epochs, as in
        EpochsSpent); number, best (the winner and its value; None and NaN without one); regret (by how much
        that is below the best of all whole trials).
    """
    complete = ranking([record for record in whole if record is not None])
    best = (complete[0].value or 0.0) if complete else 0.0
    return pd.DataFrame([_row(study, whole, weights, pruner, best) for pruner in _pruners(study)])


def replayed(study: Study, whole: Sequence[TrialRecord | None], pruner: PrunerSettings) -> list[TrialRecord]:
    """Returns how the trials that are known to their ends would have ended under a pruner.

    It sees what a search would have shown it: lookahead trials late. Others stay without a curve, so
    that all keep their numbers.
    """
    history = history_of(study, [])
    ended: list[TrialOutcome] = []
    known: list[TrialRecord] = []
    n_told = 0
    for number, record in enumerate(whole):
        now = n_known(study.lookahead, number)
        history, n_told = history.extended(ended[n_told:now]), now
        if record is None:
            ended.append(TrialOutcome(number, "pruned", ()))
            continue
        ended.append(_end(record.outcome, number, study.seed, pruner, history))
        known.append(replace(record, outcome=ended[-1]))
    return known


def _end(
    whole: TrialOutcome, number: int, seed: int, pruner: PrunerSettings, history: History
) -> TrialOutcome:
    """Returns how one trial would have ended; no pruner is asked at the end of the last epoch."""
    accuracies = [epoch.val_accuracy for epoch in whole.curve]
    for n_epochs in range(1, len(accuracies) + (whole.state == "failed")):
        reason = pruner.decide(accuracies[:n_epochs], history, number, seed)
        if reason is not None:
            return replace(
                whole, state="pruned", curve=whole.curve[:n_epochs], reason=reason, cost=Cost(n_epochs)
            )
    return whole


def _pruners(study: Study) -> Iterator[PrunerSettings]:
    """Yields the pruners that a trial's curve and those before it tell all of: not those that only pause.

    What they stop goes on among later trials, where the record has others.
    """
    others = [parse_settings({"name": name}) for name in PRUNERS]
    for pruner in [study.pruner, *(other for other in others if other != study.pruner)]:
        if not pruner.pauses:
            yield pruner


def _row(
    study: Study,
    whole: Sequence[TrialRecord | None],
    weights: Mapping[int, float],
    pruner: PrunerSettings,
    best: float,
) -> dict[str, Any]:
    ended = replayed(study, whole, pruner)
    winner = next(iter(ranking(ended)), None)
    counts = [weights.get(record.number, 1.0) for record in ended]
    each = [EpochsSpent.of(study, trials_frame([record], study.space)) for record in ended]
    value = float("nan") if winner is None or winner.value is None else winner.value
    return {
        "pruner": pruner.name,
        "own": pruner == study.pruner,
        "options": dict(pruner.options),
        "pruned": round(sum(n for n, record in zip(counts, ended, strict=True) if record.state == "pruned")),
        "spent": round(sum(n * epochs.spent for n, epochs in zip(counts, each, strict=True))),
        "saved": round(sum(n * epochs.saved for n, epochs in zip(counts, each, strict=True))),
        "number": None if winner is None else winner.number,
        "best": value,
        "regret": best - value,
    }
