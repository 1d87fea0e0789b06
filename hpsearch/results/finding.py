"""One thing that the search says about its own space, and whether a study that acts on it is valid."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from hpsearch.errors import StudyFileError
from hpsearch.results.stats import ranked
from hpsearch.space import Parameter
from hpsearch.study.studyfile import from_table

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

N_BEST = 10
"""So many of the best complete trials speak for the good region."""
MIN_COMPLETE = 5
"""Below this many complete trials nothing is said about regions and choices."""


@dataclass(frozen=True)
class Finding:
    """One thing noticed.

    Attributes:
        rule: its kind, for programs and tests.
        sentence: what was noticed and what to do.
        settings: overrides for a new study that act on it, as in --set; empty if none does.
        is_widespread: whether it keeps most trials from learning.
    """

    rule: str
    sentence: str
    settings: Mapping[str, Any]
    is_widespread: bool = False


def best_few(frames: "StudyFrames") -> pd.DataFrame:
    """Returns the best few complete trials, best first; empty if there are too few to say anything."""
    best_first = ranked(frames.trials)
    return best_first.head(N_BEST if len(best_first) >= MIN_COMPLETE else 0)


def of_the_best(n: int, best: pd.DataFrame) -> str:
    """Returns "7 of the best 10 trials" at the beginning of a sentence, or "The best 10 trials"."""
    return f"{'The' if n == len(best) else f'{n} of the'} best {len(best)} trials"


def is_valid(frames: "StudyFrames", settings: Mapping[str, Any]) -> bool:
    """Says whether the study file would be accepted with these overrides (dropout = 1.2 would not)."""
    table = copy.deepcopy(dict(frames.study.table))
    for key, value in settings.items():
        *sections, last = key.split(".")
        entries = table
        for section in sections:
            entries = entries[section]
        entries[last] = value
    own_code = bool(frames.study.code)  # its checks would mean importing it
    try:
        from_table(table, frames.name, frames.name, resolved=own_code)
    except StudyFileError:
        return False
    return True


def as_written(frames: "StudyFrames", parameter: Parameter, kept: list[Any]) -> list[Any]:
    """Returns choices as the study file has them, where a list is a list and not its text."""
    written = frames.study.table["space"].get(parameter.name, {}).get("choices", parameter.choices)
    return [one for one, choice in zip(written, parameter.choices, strict=True) if choice in kept]


def combined(frames: "StudyFrames", found: Sequence[Finding]) -> dict[str, Any]:
    """Returns the settings of all findings that can be acted on at once; of two for one key the first."""
    together: dict[str, Any] = {}
    for finding in found:
        more = {**finding.settings, **together}
        if is_valid(frames, more):
            together = more
    return together
