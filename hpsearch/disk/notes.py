"""notes.json: what people wrote beside a study and its trials; the record knows nothing of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_left
from hpsearch.words import harmless

_FORM = {"study": str, "trials": dict}


@dataclass(frozen=True)
class Notes:
    """Notes as they were written.

    Attributes:
        study: the note on the whole study, "" without one.
        trials: the notes on trials, by their numbers.
    """

    study: str = ""
    trials: Mapping[int, str] = field(default_factory=dict)

    def changed(self, trial: int | None, text: str) -> Notes:
        """Returns the notes with another one on a trial, or on the study; an empty text removes it."""
        if trial is None:
            return Notes(text, self.trials)
        others = {number: note for number, note in self.trials.items() if number != trial}
        return Notes(self.study, dict(sorted({**others, **({trial: text} if text else {})}.items())))

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        found = {"study": self.study, "trials": {str(number): note for number, note in self.trials.items()}}
        atomic.write_text(path, json.dumps(found, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Notes:
        """Returns what `write` wrote; no notes if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        return read_left(path, _from_json, "note") or cls()


def _from_json(found: Any) -> Notes:
    values = checked(found, _FORM)
    for number, note in values["trials"].items():
        if not (number.isascii() and number.isdecimal()):
            raise ValueError(f"trials: expected numbers of trials, but got {number!r}")
        checked({number: note}, {number: str})
    trials = {int(number): harmless(note) for number, note in values["trials"].items()}
    return Notes(harmless(values["study"]), trials)
