"""confirm.json: how the finalists of a study do on fresh seeds, and which is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_left

MULTIPLY_ADDS, WEIGHTS = "multiply-adds of a prediction", "weights"
WEIGHTS_TIMES_IMAGES = "weights times training images"

_FORM = {"n_seeds": int, "finalists": list}
_FINALIST_FORM = {"number": int, **dict.fromkeys(("searched", "mean", "low", "high", "luck"), float)}
_RACE_FORM = {
    "winner": int,
    "cheapest": int,
    "images": str,
    "n_images": int,
    "n_epochs": int,
    "ended_by": str,
    "n_trials": int,
    **dict.fromkeys(("accuracy", "low", "high"), float),
}
_LATER_FORM = {"digest": str, "work_unit": str, "search_luck": float}
_LATER_FORM |= {"top": int, "max_epochs": int, "environment": dict}
"""What files of before do not tell, or may be null."""

_RUNNER_FORM = {
    "n_seeds": int,
    "standing": str,
    "work": int,
    "diverged_on": int,
    **dict.fromkeys(("ahead", "ahead_low", "ahead_high"), float),
}


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, trained again.

    Attributes:
        number: the trial's.
        searched: its validation accuracy in the search.
        mean: its mean accuracy on fresh seeds; on one where it diverged it got nothing right.
        low, high: the 95 % interval of that mean.
        luck: searched - mean.
        n_seeds: on how many fresh seeds it was trained.
        standing: "unbeaten", "beaten" or "diverged"; "" in files of version 0.1, where none raced.
        work: what a prediction costs, in `Confirmation.work_unit`.
        diverged_on: the first fresh seed, from 1, on which it diverged; 0 for none.
        ahead: its mean minus that of the winner, on the seeds that both were trained on and the same images.
        ahead_low, ahead_high: the 95 % interval of that, paired, each for itself.
        unlearned: on how many of its fresh seeds it did not learn; 0 in files of before, which do not tell.
    """

    number: int
    searched: float
    mean: float
    low: float
    high: float
    luck: float
    n_seeds: int = 0
    standing: str = ""
    work: int = 0
    diverged_on: int = 0
    ahead: float = 0.0
    ahead_low: float = 0.0
    ahead_high: float = 0.0
    unlearned: int = 0


@dataclass(frozen=True)
class Confirmation:
    """The finalists, in the order of their values in the search, and how their race ended.

    Attributes:
        n_seeds: on how many fresh seeds each might be trained.
        finalists: at least one.
        winner: the trial that is taken, with the highest mean on validation images; None in files of version
            0.1.
        cheapest: the one of least work that validation images do not tell apart from the winner, perhaps the
            winner itself; None in files of version 0.1.
        accuracy: what the choice of the winner is worth, without the luck of its being chosen in the race.
        low, high: the 95 % interval of that.
        images: what accuracy and means are measured on: "validation", which chose the finalists, or
            "estimate", set aside.
        n_images: how many these are; 0 in files of version 0.1.
        n_epochs: epochs that were trained in all.
        ended_by: "one left", "seeds" or "epochs": what ended the race; "" in files of version 0.1.
        n_trials: how many trials the record had; 0 in files of version 0.1.
        digest: that of the record, see `records.digest`; "" in files of before.
        work_unit: what the finalists' work is counted in: MULTIPLY_ADDS of a prediction, WEIGHTS where the
            net does not tell them, WEIGHTS_TIMES_IMAGES (of the training) in files of before.
        search_luck: what was taken off accuracy for the luck of the search with its validation images; None
            where it is not known, or nothing to take off since the images judge that were set aside.
        top: how many trials might race; 0 in files of before.
        max_epochs: no round was begun that might exceed these epochs in all; None = no limit.
        environment: in which they were trained, as `worker.environment` describes it; empty in files of
            before.
    """

    n_seeds: int
    finalists: tuple[Finalist, ...] = field(repr=False)  # a prompt shows what was decided
    winner: int | None = None
    cheapest: int | None = None
    accuracy: float = 0.0
    low: float = 0.0
    high: float = 0.0
    images: str = "validation"
    n_images: int = 0
    n_epochs: int = field(default=0, repr=False)
    ended_by: str = ""
    n_trials: int = field(default=0, repr=False)
    digest: str = field(default="", repr=False)
    work_unit: str = field(default=WEIGHTS_TIMES_IMAGES, repr=False)
    search_luck: float | None = field(default=None, repr=False)
    top: int = field(default=0, repr=False)
    max_epochs: int | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def taken(self) -> Finalist | None:
        """The winner among the finalists; None in files of version 0.1."""
        return next((one for one in self.finalists if one.number == self.winner), None)

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        atomic.write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Confirmation | None:
        """Returns what `write` wrote, now or in version 0.1; None if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        return read_left(path, _from_json, "confirm")


def _from_json(values: Mapping[str, Any]) -> Confirmation:
    found = checked(values, _FORM)
    if not found["finalists"]:
        raise ValueError("finalists: expected at least one")
    if "winner" not in values:
        rows = [checked(one, _FINALIST_FORM) for one in found["finalists"]]
        return Confirmation(
            found["n_seeds"], tuple(Finalist(**row, n_seeds=found["n_seeds"]) for row in rows)
        )
    race = checked(values, _RACE_FORM)
    later = {name: kind for name, kind in _LATER_FORM.items() if values.get(name) is not None}
    race |= checked(values, later)
    if not all(isinstance(said, str) for said in race.get("environment", {}).values()):
        raise ValueError("environment: expected texts alone")
    confirmation = Confirmation(found["n_seeds"], tuple(map(_runner, found["finalists"])), **race)
    numbers = [one.number for one in confirmation.finalists]
    for key in ("winner", "cheapest"):
        if race[key] not in numbers:
            raise ValueError(f"{key}: expected the number of a finalist, but got {race[key]}")
    return confirmation


def _runner(values: Mapping[str, Any]) -> Finalist:
    row = checked(values, _FINALIST_FORM | _RUNNER_FORM)
    if "unlearned" in values:
        row |= checked(values, {"unlearned": int})
    return Finalist(**row)
