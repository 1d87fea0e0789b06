"""What counts as an improvement: a trial that is better than those before it by more than chance allows.

`LastImprovement` takes in the recorded trials in their order; `[stop]` and "was it enough?" ask the same one.
"""

from __future__ import annotations

from fractions import Fraction

from hpsearch import hits
from hpsearch.records import TrialRecord

CHANCE = 0.05


class LastImprovement:
    """The last trial that was better than the one before it by more than chance allows.

    The first complete trial is the first one. A later complete trial takes its place if McNemar's exact
    test, one-sided, says at the level `CHANCE` / n_trials that it gets more images right: of so many trials
    that are no better, one looks better in at most 5 % of all draws of images. Several steps that are each
    within noise count as soon as they add up to more.

    Args:
        n_trials: how many trials in a row are looked at together.
        n_val: number of validation images.

    Attributes:
        record: the trial; None before the first complete one.
        n_since: how many trials were recorded after it.
    """

    def __init__(self, n_trials: int, n_val: int) -> None:
        self.record: TrialRecord | None = None
        self.n_since = 0
        self._level = CHANCE / n_trials
        self._n_val = n_val

    def take(self, record: TrialRecord) -> None:
        """Takes in the next recorded trial."""
        if record.state == "complete" and (self.record is None or self._is_improved_by(record, self.record)):
            self.record, self.n_since = record, 0
        elif self.record is not None:
            self.n_since += 1

    def _is_improved_by(self, later: TrialRecord, before: TrialRecord) -> bool:
        only_later, only_before = discordant(later, before, self._n_val)
        return only_later > only_before and chance_of(only_later, only_before) <= self._level


def chance_of(more: int, fewer: int) -> float:
    """Returns how likely it is that of more + fewer fair coins at least `more` show heads.

    It is computed in integers, so that a search ends at the same trial on every machine.

    >>> chance_of(5, 0), chance_of(3, 1)
    (0.03125, 0.3125)

    Source: McNemar 1947, one-sided.
    """
    n = more + fewer
    term, total = 1, 1
    for tails in range(fewer):
        term = term * (n - tails) // (tails + 1)
        total += term
    return float(Fraction(total, 2**n))


def discordant(one: TrialRecord, other: TrialRecord, n_val: int) -> tuple[int, int]:
    """Returns how many images only one of two trials got right; in records without hits, at most so many."""
    if one.outcome.hits and other.outcome.hits:
        return hits.discordant(one.outcome.hits, other.outcome.hits)
    right, other_right = (round((record.value or 0.0) * n_val) for record in (one, other))
    only_other = min(other_right, n_val - right)
    return only_other + right - other_right, only_other
