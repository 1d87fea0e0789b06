"""How often processes died, and when that is enough.

The death of a process that was still starting is not its trial's doing. A trial whose processes die
goes on from its checkpoint each time, until they keep dying without another epoch.
"""

from __future__ import annotations

from hpsearch.errors import HpsearchError

DEATHS_ALLOWED = 3
STARTS_ALLOWED = 20


class Deaths:
    """The deaths of a run's processes."""

    def __init__(self) -> None:
        self._n_lost_starts = 0
        self._epochs: dict[int, list[int]] = {}

    def of(self, number: int) -> int:
        """Returns how many processes died of a trial."""
        return len(self._epochs.get(number, ()))

    def count_start(self) -> None:
        """Takes note of a process that got as far as to end a trial."""
        self._n_lost_starts = 0

    def count_lost_start(self) -> None:
        """Takes note of a process that died while it started.

        Raises:
            HpsearchError: so many did in a row that no other one will do better.
        """
        self._n_lost_starts += 1
        if self._n_lost_starts == STARTS_ALLOWED:
            raise HpsearchError(
                f"{STARTS_ALLOWED} worker processes in a row died while starting (is memory short?); "
                f"run the same command again to continue"
            )

    def count(self, number: int, epoch: int) -> str | None:
        """Takes note of a process that died of a trial, which had a checkpoint of this epoch.

        Returns why the trial fails; None if it goes on.
        """
        epochs = self._epochs.setdefault(number, [])
        epochs.append(epoch)
        if epochs[-DEATHS_ALLOWED:] != [epoch] * DEATHS_ALLOWED:
            return None
        return (
            f"its process died {DEATHS_ALLOWED} times in a row without finishing another epoch "
            f"(was memory short?)"
        )
