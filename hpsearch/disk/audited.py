"""audit.json: what became of pruned trials that were trained to their ends."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_left

_COUNTS = ("n_trials", "n_pruned", "n_audited", "n_better", "fewest", "most")
_FORM = {**dict.fromkeys(_COUNTS, int), "regret": float, "interval": list}
_ENDS = {"low": float, "high": float}


@dataclass(frozen=True)
class Audited:
    """An audit in numbers.

    Attributes:
        n_trials: how many trials were recorded then.
        n_pruned: how many of them were pruned.
        n_audited: how many of these were trained to their ends.
        n_better: how many of these would have beaten the winner.
        fewest, most: the 95 % interval of how many of all pruned ones would.
        regret: by how much the best of the audited ones is better than the winner on the validation images; 0
            if it is not.
        interval: the two ends of the 95 % interval of how much better it truly is; () in records of before.
    """

    n_trials: int
    n_pruned: int
    n_audited: int
    n_better: int
    fewest: int
    most: int
    regret: float
    interval: tuple[float, ...]

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        atomic.write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Audited | None:
        """Returns what `write` wrote; None if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        return read_left(path, _from_json, "audit-pruning")


def _from_json(found: Any) -> Audited:
    values = checked(found, _FORM)
    ends = values["interval"]
    if len(ends) not in (0, 2):
        raise ValueError(f"interval: expected two numbers or none, but got {ends}")
    if ends:
        checked(dict(zip(_ENDS, ends, strict=True)), _ENDS)
    return Audited(**{**values, "interval": tuple(ends)})
