"""What a search cost in epochs, and what pruning saved: the one count that terminal, page and audit show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpsearch.study.study import Study
from hpsearch.words import counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class EpochsSpent:
    """The epochs of a search's trials.

    A trial that diverged or failed ended early too, but pruning has no merit in that: it saves nothing.

    Attributes:
        spent: epochs that were trained.
        planned: epochs that all trials would have trained to their ends, each by its own `epochs`.
        saved: epochs between the ends of pruned trials and the ends that they would have had.
    """

    spent: int
    planned: int
    saved: int

    @classmethod
    def of(cls, study: Study, trials: pd.DataFrame) -> EpochsSpent:
        """Returns what the trials of a study cost, which are rows as `trials_frame` makes them."""
        own = trials.get("params.epochs")
        planned = trials["epochs"] * 0 + study.max_epochs if own is None else own.astype("int64")
        left = planned - trials["epochs"]
        return cls(
            spent=int(trials["epochs"].sum()),
            planned=int(planned.sum()),
            saved=int(left[trials["state"] == "pruned"].sum()),
        )

    @property
    def percent_saved(self) -> str:
        """The share of the planned epochs that was saved."""
        return f"{100 * self.saved / max(self.planned, 1):.0f} %"

    def in_words(self) -> str:
        """Returns the sums in one phrase: 20 of 30 epochs, 33 % saved by pruning."""
        saved = f", {self.percent_saved} saved by pruning" if self.saved else ""
        return f"{self.spent} of {counted(self.planned, 'epoch')}{saved}"
