"""confirm.json: how the finalists of a study do on fresh seeds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_json_file
from hpsearch.errors import FolderError

_FORM = {"n_seeds": int, "finalists": list}
_FINALIST_FORM = {"number": int, **dict.fromkeys(("searched", "mean", "low", "high", "luck"), float)}


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, trained again.

    Attributes:
        number: the trial's.
        searched: its validation accuracy in the search.
        mean: its mean validation accuracy on fresh seeds.
        low, high: the 95 % interval of that mean.
        luck: searched - mean.
    """

    number: int
    searched: float
    mean: float
    low: float
    high: float
    luck: float


@dataclass(frozen=True)
class Confirmation:
    """The finalists, in the order of their values in the search.

    Attributes:
        n_seeds: on how many fresh seeds each was trained.
        finalists: at least one.
    """

    n_seeds: int
    finalists: tuple[Finalist, ...]

    @property
    def best_mean(self) -> float:
        """The highest mean on fresh seeds."""
        return max(finalist.mean for finalist in self.finalists)

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        atomic.write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Confirmation | None:
        """Returns what `write` wrote; None if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        try:
            values = checked(read_json_file(path), _FORM)
            if not values["finalists"]:
                raise ValueError("finalists: expected at least one")
            finalists = tuple(Finalist(**checked(one, _FINALIST_FORM)) for one in values["finalists"])
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise FolderError(
                f"{path}: damaged ({error}); remove it, or run hpsearch confirm again"
            ) from error
        return cls(values["n_seeds"], finalists)
