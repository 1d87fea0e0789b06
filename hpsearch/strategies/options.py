"""Options of samplers, pruners and stopping rules: what their sections of a study file may say.

A table has a row for each strategy, by name; a row has `options`, by name. `parse` checks a section against
such a table, `check_section` one that names no strategy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nets.names import nearest_first


@dataclass(frozen=True)
class Option:
    """A number that a strategy takes; an integer as least makes it an integer.

    Attributes:
        default: what it is where the study file is silent; None: then it is not set.
        least, most: both ends of its range, inclusive.
        meaning: what it does, in a phrase.
    """

    default: float | None
    least: float
    most: float
    meaning: str

    def check(self, value: object) -> None:
        """Raises ValueError, with what was expected, unless the option may have this value."""
        is_integer = type(self.least) is int
        fits = isinstance(value, int if is_integer else int | float) and not isinstance(value, bool)
        if not fits or not self.least <= value <= self.most:  # type: ignore[operator]
            kind = "an integer" if is_integer else "a number"
            raise ValueError(f"expected {kind} {self._range_in_words()}, but got {value!r}")

    def _range_in_words(self) -> str:
        least, most = (f"{end:g}" if isinstance(end, float) else str(end) for end in (self.least, self.most))
        return f"from {least} up" if self.most == math.inf else f"from {least} to {most}"


class Strategy(Protocol):
    """A row of a table of strategies."""

    @property
    def options(self) -> Mapping[str, Option]:
        """Its options by name."""
        ...


@dataclass(frozen=True)
class Settings:
    """`[sampler]` or `[pruner]`: name and options, all written out."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)

    def to_table(self) -> dict[str, Any]:
        """Returns the settings as the section has them."""
        return {"name": self.name, **self.options}


def parse(
    section: Mapping[str, Any], table: Mapping[str, Strategy], default: str
) -> tuple[str, dict[str, Any]]:
    """Returns which strategy a section names, and the values of all its options.

    Raises:
        ValueError: `key: what is wrong`.
    """
    name = section.get("name", default)
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"name: expected one of {nearest_first(table, str(name))}, but got {name!r}")
    options = table[name].options
    given = {key: value for key, value in section.items() if key != "name"}
    check_section(given, options, ["name", *options])
    return name, {key: given.get(key, option.default) for key, option in options.items()}


def check_section(section: Mapping[str, Any], options: Mapping[str, Option], known: Iterable[str]) -> None:
    """Raises ValueError, `key: what is wrong`, unless a section has options alone; `known` are its keys."""
    for key, value in section.items():
        if key not in options:
            raise ValueError(f"{key}: unknown key; expected one of {nearest_first(known, key)}")
        _check(key, options[key], value)


def _check(key: str, option: Option, value: object) -> None:
    try:
        option.check(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error
