"""`--set KEY=VALUE` of the command line -> values, as TOML would read them; bare words are text."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from hpsearch.errors import CallError
from nets.names import nearest_first


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


def apply_override(table: dict[str, Any], setting: str, sections: Sequence[str]) -> None:
    """Puts one `section.key=value` into the table of a study file.

    Raises:
        CallError: it has no key or no value, or the study file has no such section.
    """
    if not _is_text(setting):
        raise CallError(f"--set {setting!r}: expected UTF-8 text")
    target, equals, text = setting.partition("=")
    keys = target.strip().split(".", 1)
    if not equals or len(keys) != 2 or not all(keys):
        raise CallError(f"--set {setting}: expected section.key=value, as in training.epochs=5")
    section, key = keys
    if section not in sections:
        raise CallError(
            f"--set {setting}: unknown section; expected one of {nearest_first(sections, section)}"
        )
    entries = table.setdefault(section, {})
    if section == "enqueue" or not isinstance(entries, dict):
        raise CallError(f"--set {setting}: {section} is no section in the study file")
    if section == "space" and "." in key:
        name, key = key.split(".", 1)
        entries = entries.setdefault(name, {})
        if not isinstance(entries, dict):
            raise CallError(f"--set {setting}: space.{name} is no table in the study file")
    entries[key] = _toml_value(text.strip())


def _is_text(setting: str) -> bool:
    """Says whether an argument of the command line was UTF-8; other bytes arrive as lone surrogates."""
    try:
        setting.encode()
    except UnicodeEncodeError:
        return False
    return True


def _toml_value(text: str) -> Any:
    """Reads a value as TOML would; a bare word is text."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return table["value"] if len(table) == 1 else text
