"""`[pruner]` of a study file: which pruner decides, and with which options.

`PrunerSettings.decide` answers for one trial at the end of an epoch; the pruners themselves are in
`hpsearch.strategies.pruners`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hpsearch.records import History
from hpsearch.strategies import options
from hpsearch.strategies.pruners import DEFAULT, PRUNERS, Situation


class PrunerSettings(options.Settings):
    """`[pruner]` of a study file."""

    @property
    def pauses(self) -> bool:
        """Whether what it stops may be taken up again."""
        return PRUNERS[self.name].pauses

    def decide(
        self, curve: Sequence[float], history: History, number: int, seed: int, n_before: int = 0
    ) -> str | None:
        """Returns why trial `number` should stop after the last epoch of its curve; None: it goes on.

        A pruner counts the trials that it is shown, so that it decides on every k-th trial of a study as
        on a study of these trials alone. `n_before` epochs are those of a paused trial that it goes on with.
        """
        among_them = number // history.every
        return PRUNERS[self.name].decide(Situation(curve, history, among_them, seed, self.options, n_before))


def parse_settings(section: Mapping[str, Any]) -> PrunerSettings:
    """Checks `[pruner]`.

    Raises:
        ValueError: `key: what is wrong`.
    """
    return PrunerSettings(*options.parse(section, PRUNERS, DEFAULT))
