"""What a trial asks of a training that is not our Solver's, and gets from each of them in the same way."""

from __future__ import annotations

import math
from typing import Any

from hpsearch.hits import Hits
from nets.training.net_state import UnsavableNetError
from nets.training.solver import EpochResult


class OwnTraining:
    """A training by code of the user's own, which nobody here can stop in an epoch's middle or save.

    Attributes:
        results: one for each epoch so far.
        val_hits: which validation images were right at the end of each epoch, (N,) bool each; none for an
            epoch that diverged, and none at all where only accuracies are known.
    """

    def __init__(self) -> None:
        self.results: list[EpochResult] = []
        self.val_hits: list[Hits] = []

    @property
    def best_epoch(self) -> int | None:
        """The epoch (from 1) with the best validation accuracy, the first of equals; None before any."""
        values = [result.val_accuracy for result in self.results if not result.diverged]
        return values.index(max(values)) + 1 if values else None

    @property
    def best_val_accuracy(self) -> float:
        """The validation accuracy of the best epoch; NaN before any."""
        best = self.best_epoch
        return math.nan if best is None else self.results[best - 1].val_accuracy

    def state(self) -> dict[str, Any]:
        """Raises UnsavableNetError: a trial that was stopped or killed starts over, to the same bits."""
        raise UnsavableNetError("a training by code of the user's own starts over")

    def _add(self, result: EpochResult, hits: Hits | None) -> None:
        self.results.append(result)
        if hits is not None:
            self.val_hits.append(hits)
