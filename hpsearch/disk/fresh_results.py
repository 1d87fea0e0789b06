"""fresh-seeds.jsonl: what each net that a race trained got right, a line each, written when it is trained.

A race that was killed goes on after the last line, and one with more seeds trains only those that are new.
A line names its training by a hash of all that it depends on; what fits nothing is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hpsearch.disk import lines
from hpsearch.disk.forms import checked
from hpsearch.errors import FolderError
from hpsearch.hits import Hits, pack, unpack

_FORM = {"training": str, "n_val": int, "right": str, "n_aside": int, "aside": str, "n_epochs": int}
_FORM |= {"work": int, "diverged": int}


class SeedResult(NamedTuple):
    """What a setting did on one fresh seed.

    Attributes:
        right: which validation images it got right, (n_val,); none where it diverged.
        aside: the same of the images set aside, (n_estimate,); empty where there are none.
        n_epochs: epochs trained.
        work: what a prediction costs; 0 where it diverged.
        diverged: whether it diverged before its epoch was over.
    """

    right: Hits
    aside: Hits
    n_epochs: int
    work: int
    diverged: bool

    def is_same(self, other: SeedResult) -> bool:
        """Says whether two trainings did the same."""
        same_images = np.array_equal(self.right, other.right) and np.array_equal(self.aside, other.aside)
        return same_images and self[2:] == other[2:]


class FreshResults:
    """The file of one study, whose folder this process has locked.

    Attributes:
        path: of the file; it need not exist.

    Raises:
        FolderError: it cannot be read, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        lines.cut_to_whole_lines(path)
        self._found = dict(self._read(line) for line in lines.read_json(path))

    def find(self, training: str) -> SeedResult | None:
        """Returns what a training left; None if it is not there."""
        return self._found.get(training)

    def add(self, training: str, result: SeedResult) -> None:
        """Adds a line, which is on disk when this returns.

        Raises:
            FolderError: it cannot be written.
        """
        values = {
            "training": training,
            "n_val": len(result.right),
            "right": pack(result.right),
            "n_aside": len(result.aside),
            "aside": pack(result.aside),
            "n_epochs": result.n_epochs,
            "work": result.work,
            "diverged": int(result.diverged),
        }
        lines.append(self.path, [json.dumps(values)])
        self._found[training] = result

    def _read(self, line: Mapping[str, Any]) -> tuple[str, SeedResult]:
        try:
            values = checked(line, _FORM)
            right = unpack(values["right"], values["n_val"])
            aside = unpack(values["aside"], values["n_aside"])
        except ValueError as error:
            raise FolderError(
                f"{self.path}: damaged ({error}); remove it, and its nets are trained again"
            ) from error
        diverged = bool(values["diverged"])
        return values["training"], SeedResult(right, aside, values["n_epochs"], values["work"], diverged)
