"""`--set KEY=VALUE` of the command line -> values, as TOML would read them; bare words are text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from textwrap import shorten
from types import FunctionType
from typing import Any

from hpsearch.errors import CallError
from hpsearch.study.owncode import kind_of
from hpsearch.words import is_text
from nets.names import nearest_first

Overrides = Sequence[str] | Mapping[str, Any]  # "section.key=value" texts, or values by section.key


def parse(settings: Sequence[str]) -> dict[str, Any]:
    """Returns `key=value` texts as a table, with values as in TOML (bare words are text).

    Raises:
        CallError: one has no key or no value.
    """
    table = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise CallError(f"--set {setting}: expected key=value, as in num_val=500")
        table[key.strip()] = _toml_value(text.strip())
    return table


@dataclass(frozen=True)
class Override:
    """Another value of a key of the study file.

    Attributes:
        target: the key: section.key, or space.NAME.key.
        value: the value.
        text: as the user wrote it.
    """

    target: str
    value: Any
    text: str

    def apply_to(self, table: dict[str, Any], sections: Sequence[str]) -> None:
        """Puts the value into the table of a study file.

        Raises:
            CallError: the study file has no such section.
        """
        section, _, key = self.target.partition(".")
        if not section or not key:
            raise CallError(f"--set {self.text}: expected section.key=value, as in training.epochs=5")
        if section not in sections:
            raise CallError(
                f"--set {self.text}: unknown section; expected one of {nearest_first(sections, section)}"
            )
        if section == "enqueue":
            raise CallError(f"--set {self.text}: {section} is no section of values, but a list of trials")
        entries = table.setdefault(section, {})
        if section == "space" and "." in key:
            name, key = key.split(".", 1)
            entries = entries.setdefault(name, {})
            if not isinstance(entries, dict):
                raise CallError(f"--set {self.text}: space.{name} is no table in the study file")
        entries[key] = self.value


def parse_overrides(given: Overrides) -> list[Override]:
    """Returns overrides from `section.key=value` texts, with values as in TOML, or from values by key.

    Raises:
        CallError: a text has no value, or a value is none that TOML has.
    """
    if isinstance(given, Mapping):
        return [Override(key, plain(f"set {key}", value), f"{key}={value!r}") for key, value in given.items()]
    return [_parse_override(text) for text in given]


def _parse_override(setting: str) -> Override:
    if not is_text(setting):
        raise CallError(f"--set {setting!r}: expected UTF-8 text")
    target, equals, text = setting.partition("=")
    if not equals:
        raise CallError(f"--set {setting}: expected section.key=value, as in training.epochs=5")
    return Override(target.strip(), _toml_value(text.strip()), setting)


def plain(where: str, value: Any) -> Any:
    """Returns a value of Python's, or NumPy's, as TOML would give it: a class or function by its name.

    Args:
        where: names the value in messages.
        value: the value.

    Raises:
        CallError: a study file could not have it.
    """
    if value is None:
        return {"none": True}
    if isinstance(value, type | FunctionType):
        return kind_of(value)
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(where, one) for one in value]
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise CallError(f"{where}: expected names as keys, but got {name!r}")
        return {name: plain(f"{where}.{name}", one) for name, one in value.items()}
    if getattr(value, "ndim", None) in (0, 1):  # NumPy's bools, and arrays as np.logspace gives them
        return plain(where, value.tolist())
    raise CallError(
        f"{where}: expected a text, number, bool, list, mapping, class, function or None, but got "
        f"{shorten(repr(value), 80)}"
    )


def _toml_value(text: str) -> Any:
    """Reads a value as TOML would; a bare word is text."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return table["value"] if len(table) == 1 else text
