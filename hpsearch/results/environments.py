"""Which trials were trained in another environment than the study began in: their bits may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from hpsearch.words import counted_ranges
from hpsearch.worker.environment import difference_from_record, fingerprint


@dataclass(frozen=True)
class Elsewhere:
    """Trials of one environment that is not the study's first.

    Attributes:
        numbers: of the trials, ascending.
        changes: what was other there, a phrase each.
    """

    numbers: tuple[int, ...]
    changes: tuple[str, ...]

    def in_words(self) -> str:
        """Returns which trials and what was other, as the end of a sentence."""
        return f"{counted_ranges(self.numbers, 'trial')} ({'; '.join(self.changes)})"


def trained_elsewhere(trials: pd.DataFrame, environments: Sequence[Mapping[str, str]]) -> list[Elsewhere]:
    """Returns the trials that did not fail and were trained in another environment than the first.

    Args:
        trials: with the columns number, state and environment (a fingerprint, "" where none is known).
        environments: descriptions, the first one's first.
    """
    trained = trials[trials["state"] != "failed"]
    found = []
    for description in {fingerprint(one): one for one in environments[1:]}.values():
        changes = difference_from_record(environments[0], description)
        numbers = trained["number"][trained["environment"] == fingerprint(description)]
        if changes and len(numbers):
            found.append(Elsewhere(tuple(map(int, numbers)), tuple(changes)))
    return found
