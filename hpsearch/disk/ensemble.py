"""ensemble.json: how the best trials of a study do together on fresh seeds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_left

_NUMBERS = ("mean", "low", "high", "alone", "gain", "gain_low", "gain_high")
_FORM = {"members": list, "digest": str, "n_seeds": int, "n_val": int, **dict.fromkeys(_NUMBERS, float)}


@dataclass(frozen=True)
class Ensemble:
    """Several trials whose nets answer together, and what they gain over the first of them alone.

    Attributes:
        members: the trials, at least two; the first is that which confirm had taken, else the search's best.
        digest: of the record that they were the best of.
        n_seeds: on how many fresh seeds each was trained.
        n_val: validation images.
        mean: mean validation accuracy of the averaged probabilities.
        low, high: the 95 % interval of that.
        alone: mean validation accuracy of the first one's nets in it.
        gain: mean - alone.
        gain_low, gain_high: the 95 % interval of that, by the same seeds and images.
    """

    members: tuple[int, ...]
    digest: str
    n_seeds: int
    n_val: int
    mean: float
    low: float
    high: float
    alone: float
    gain: float
    gain_low: float
    gain_high: float

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        atomic.write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Ensemble | None:
        """Returns what `write` wrote; None if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        return read_left(path, _from_json, "ensemble")


def _from_json(found: Any) -> Ensemble:
    values = checked(found, _FORM)
    members = values["members"]
    if len(members) < 2 or not all(type(one) is int for one in members):
        raise ValueError(f"members: expected at least two numbers of trials, but got {members}")
    return Ensemble(**{**values, "members": tuple(members)})
