"""When a search has gone on for long enough: `[stop]` of a study file.

`Stopping` takes in the recorded trials in their order and says why the search ends, a pure function of
the record. `LastImprovement` is the last trial that was better, beyond noise, than all that counted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from hpsearch import hits
from hpsearch.records import TrialRecord
from hpsearch.strategies.options import Option, check_section
from hpsearch.words import counted

CHANCE = 0.05
_MANY = 1_000_000

RULES: Mapping[str, Option] = {
    "unimproved": Option(
        None,
        1,
        _MANY,
        "after how many trials in a row, none better beyond noise, the search ends",
    ),
    "epochs": Option(None, 1, 10**12, "after how many epochs of all trials together the search ends"),
    "value": Option(None, 0.0, 1.0, "at which validation accuracy of a complete trial the search ends"),
}


@dataclass(frozen=True)
class StopSettings:
    """`[stop]` of a study file; None for a rule that is not set.

    Attributes:
        unimproved: trials in a row without an improvement beyond noise; see `LastImprovement`.
        epochs: of all recorded trials together.
        value: validation accuracy of a complete trial.
    """

    unimproved: int | None = None
    epochs: int | None = None
    value: float | None = None

    def to_table(self) -> dict[str, Any]:
        """Returns the rules that are set, as the section has them."""
        return {name: limit for name, limit in asdict(self).items() if limit is not None}


def parse_settings(section: Mapping[str, Any]) -> StopSettings:
    """Checks `[stop]`.

    Raises:
        ValueError: `key: what is wrong`.
    """
    check_section(section, RULES, RULES)
    return StopSettings(**section)


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
        only_later, only_before = _discordant(later, before, self._n_val)
        return only_later > only_before and chance_of(only_later, only_before) <= self._level


def chance_of(more: int, fewer: int) -> float:
    """Returns how likely it is that of more + fewer fair coins at least `more` show heads.

    It is computed in integers, so that a search ends at the same trial on every machine.

    Source: McNemar 1947, one-sided.
    """
    n = more + fewer
    term, total = 1, 1
    for tails in range(fewer):
        term = term * (n - tails) // (tails + 1)
        total += term
    return float(Fraction(total, 2**n))


def _discordant(one: TrialRecord, other: TrialRecord, n_val: int) -> tuple[int, int]:
    """Returns how many images only one of two trials got right; in records without hits, at most so many."""
    if one.outcome.hits and other.outcome.hits:
        return hits.discordant(one.outcome.hits, other.outcome.hits)
    right, other_right = (round((record.value or 0.0) * n_val) for record in (one, other))
    only_other = min(other_right, n_val - right)
    return only_other + right - other_right, only_other


class Stopping:
    """Says when a search ends.

    Where values of a parameter in question take turns, each is a search of its own: `unimproved` and `value`
    must hold for each of them, and the search ends only after the last one's turn, so that all have as many
    trials.

    Args:
        settings: the rules.
        n_val: number of validation images.
        n_turns: how many values take turns; 1 if none is in question.

    Attributes:
        reason: why the search ends, in words; "" as long as it goes on. It never changes again.
    """

    def __init__(self, settings: StopSettings, n_val: int, n_turns: int = 1) -> None:
        self.reason = ""
        self._settings = settings
        self._improvements = [LastImprovement(settings.unimproved or 1, n_val) for _ in range(n_turns)]
        self._best = [0.0] * n_turns
        self._epochs = 0

    def take(self, record: TrialRecord) -> None:
        """Takes in the next recorded trial."""
        n_turns = len(self._best)
        turn = record.number % n_turns
        self._epochs += record.outcome.cost.epochs
        if record.state == "complete":
            self._best[turn] = max(self._best[turn], record.value or 0.0)
        if self._settings.unimproved is not None:
            self._improvements[turn].take(record)
        if not self.reason and turn == n_turns - 1:
            self.reason = self._value_is_reached() or self._epochs_are_spent() or self._nothing_improves()

    def _value_is_reached(self) -> str:
        wanted, found = self._settings.value, min(self._best)
        if wanted is None or found < wanted:
            return ""
        if len(self._best) > 1:
            return f"value = {wanted:g}: the best trial of each value in question has at least {found:.4g}"
        return f"value = {wanted:g}: the best trial has {found:.4g}"

    def _epochs_are_spent(self) -> str:
        wanted = self._settings.epochs
        if wanted is None or self._epochs < wanted:
            return ""
        return f"epochs = {wanted}: the trials have {self._epochs} together"

    def _nothing_improves(self) -> str:
        wanted = self._settings.unimproved
        if wanted is None:
            return ""
        last = [one.record for one in self._improvements if one.record and one.n_since >= wanted]
        if len(last) < len(self._improvements):
            return ""
        if len(last) > 1:
            trials = counted(wanted, "trial")
            return f"unimproved = {wanted}: no value in question improved beyond noise in its last {trials}"
        trials, best = counted(wanted, "more trial"), last[0]
        return (
            f"unimproved = {wanted}: no improvement beyond noise on trial {best.number}, "
            f"with {best.value:.4g}, in {trials}"
        )


def ended_by(settings: StopSettings, records: Sequence[TrialRecord], n_val: int, n_turns: int = 1) -> str:
    """Returns which rule ends a search with this record, and why; "" if none does."""
    stopping = Stopping(settings, n_val, n_turns)
    for record in records:
        stopping.take(record)
    return stopping.reason
