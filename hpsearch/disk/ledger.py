"""test-ledger.jsonl: every look at a test split, a line each; nobody could make one again.

append_look(path, look)    one more look, on disk when this returns
read_looks(path)           all of them, in their order
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hpsearch.disk import lines
from hpsearch.disk.forms import Said, checked
from hpsearch.errors import FolderError
from hpsearch.words import harmless
from nets import locks

_FORM = {
    "time": str,
    "study": str,
    "identity": str,
    "split": str,
    "trial": int,
    "params": dict,
    "n_seeds": int,
    "accuracy": float,
    "low": float,
    "high": float,
    "accuracies": list,
    "n_test": int,
    "reason": Said,
    "members": list,
    "threads": int,
}
_BEFORE: Mapping[str, Any] = {"members": [], "threads": 1}  # what lines of version 0.1 do not say


@dataclass(frozen=True)
class Look:
    """One look at a test split.

    Attributes:
        time: UTC, ISO 8601.
        study, identity: which study looked, and the hash of its resolved file.
        split: hash of the test split.
        trial, params: the trial whose parameters were trained.
        n_seeds: how many fresh seeds they were trained on.
        accuracy: mean test accuracy over the seeds.
        low, high: its 95 % interval, with seeds and test images both drawn at random.
        accuracies: the test accuracy of each seed.
        n_test: images of the test split.
        reason: why the study looked again; "" for its first look.
        members: the trials that answered together, `trial` the first of them; none if it answered alone.
        threads: how many threads the BLAS had.
    """

    time: str
    study: str
    identity: str = field(repr=False)
    split: str = field(repr=False)
    trial: int
    params: Mapping[str, Any] = field(repr=False)
    n_seeds: int
    accuracy: float
    low: float
    high: float
    accuracies: Sequence[float] = field(repr=False)
    n_test: int
    reason: str
    members: Sequence[int] = ()
    threads: int = field(default=1, repr=False)


def append_look(path: Path, look: Look, refuse: Callable[[], None] = lambda: None) -> None:
    """Appends a look; what a killed writer left torn is mended first.

    Studies share a ledger: of two that look at once one waits, or each would mend what the other is writing.

    Args:
        path: of the ledger.
        look: is appended.
        refuse: raises if the looks that are there by then do not allow it.

    Raises:
        FolderError: it cannot be written.
    """
    try:
        with path.open("ab") as file:  # the lock ends with it
            locks.lock(file)
            lines.mend(path)
            refuse()
            lines.append(path, [json.dumps(asdict(look))])
    except OSError as error:
        raise FolderError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_looks(path: Path) -> list[Look]:
    """Returns the looks in their order; none if there is no file, and a torn last line does not count.

    Raises:
        FolderError: it cannot be read, or a line of it is not as `append_look` wrote it.
    """
    found = [*lines.read_json(path), *lines.unended(path)]
    return [_to_look(path, number, values) for number, values in enumerate(found, start=1)]


def _to_look(path: Path, number: int, values: Mapping[str, Any]) -> Look:
    try:
        found = checked({**_BEFORE, **values}, _FORM)
        return Look(**{**found, "members": tuple(found["members"]), "reason": harmless(found["reason"])})
    except ValueError as error:
        raise FolderError(f"{path}: line {number} is damaged: {error}") from error
