"""`[about]`: what `hpsearch studies` says of a study file; part of nothing else.

Keys of the section:
    question: what the study asks, in a sentence.
    time: about how long it takes on two cores, in words.
    course: which document of a course asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from nets.names import nearest_first

SECTION = "about"
MOST = 300


@dataclass(frozen=True)
class About:
    """What a study file says about itself; "" where it says nothing."""

    question: str = ""
    time: str = ""
    course: str = ""


KEYS = tuple(field.name for field in fields(About))


def parse_about(entries: Mapping[str, object]) -> About:
    """Checks the section.

    Raises:
        ValueError: `key: what is wrong`.
    """
    for key, value in entries.items():
        if key not in KEYS:
            raise ValueError(f"{key}: unknown key; expected one of {nearest_first(KEYS, key)}")
        if not isinstance(value, str) or len(value) > MOST or not value.isprintable():
            raise ValueError(f"{key}: expected a line of at most {MOST} characters, but got {value!r}")
    return About(**entries)  # type: ignore[arg-type]  # each value was checked above
