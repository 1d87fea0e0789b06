"""Which paused trial goes on next, if any does: the part of `asha` that the coordinator asks.

A trial that goes on is a trial of its own, with the parameters and the seeds of the one that it continues, so
that trials are asked for, told and recorded one after the other as ever. What goes on is a function of the
trials that the sampler knows, and of which of them were taken up before.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from hpsearch.records import TrialRecord
from hpsearch.strategies.pruning import PrunerSettings


def next_to_go_on(
    known: Iterable[TrialRecord], taken: Container[int | None], pruner: PrunerSettings
) -> TrialRecord | None:
    """Returns the paused trial that goes on, from the highest rung down the best; None: a new one is due.

    A trial may go on when it is among the best 1/`reduction_factor` of those that reached its rung, by the
    accuracy that each had there; of equals the earlier one is better. A trial and those that continued it
    count as one.

    Args:
        known: the trials that are known to have ended, in order.
        taken: the numbers of those that a trial continues, also of such as run.
        pruner: one that pauses.

    Source: Li et al. 2020, A System for Massively Parallel Hyperparameter Tuning (ASHA), algorithm 2.
    """
    latest: dict[int, TrialRecord] = {}
    for record in known:
        if record.continues is not None:
            del latest[record.continues]
        latest[record.number] = record
    trials = [record for record in latest.values() if record.state != "diverged"]
    factor = int(pruner.options["reduction_factor"])
    paused_at = {len(record.outcome.curve) for record in trials if record.state == "pruned"}
    for rung in sorted(paused_at, reverse=True):
        for record in _best(trials, rung, factor):
            is_paused = record.state == "pruned" and len(record.outcome.curve) == rung
            if is_paused and record.number not in taken:
                return record
    return None


def _best(trials: Iterable[TrialRecord], rung: int, factor: int) -> list[TrialRecord]:
    """Returns the best 1/factor of the trials that reached a rung, best first."""
    reached = [record for record in trials if len(record.outcome.curve) >= rung]
    reached.sort(key=lambda record: -record.outcome.curve[rung - 1].val_accuracy)
    return reached[: len(reached) // factor]
