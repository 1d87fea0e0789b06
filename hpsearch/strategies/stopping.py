"""When a search has gone on for long enough: `[stop]` of a study file.

`Stopping` takes in the recorded trials in their order and says why the search ends, a pure function of
the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hpsearch.improvement import LastImprovement
from hpsearch.records import TrialRecord
from hpsearch.strategies.options import Option, check_section
from hpsearch.words import counted

_MANY = 1_000_000

RULES: Mapping[str, Option] = {
    "unimproved": Option(
        None,
        1,
        _MANY,
        "after how many trials in a row, none better beyond noise, the search ends; "
        "one that goes on under `asha` counts again",
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
