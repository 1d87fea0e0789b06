"""Docstrings in Google style -> what each argument, attribute or option means.

`entries` reads one docstring, `meanings` the docstrings of a class and of those that it inherits from.
"""

from __future__ import annotations

import inspect
import re

_ENTRY = re.compile(r"(\w+(?:, \w+)*): (.*)")


def entries(docstring: str | None, heading: str) -> dict[str, str]:
    """Returns what stands under a heading such as "Args": name -> meaning, on one line, in that order."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in _lines_under(docstring, heading):
        entry = _ENTRY.fullmatch(line)
        if entry:
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, entry[2])
        else:  # goes on with the meaning before
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _lines_under(docstring: str | None, heading: str) -> list[str]:
    """Returns the lines of a section, without the indentation that they have in common."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    if f"{heading}:" not in lines:
        return []
    rest = lines[lines.index(f"{heading}:") + 1 :]
    end = next((i for i, line in enumerate(rest) if line and not line.startswith(" ")), len(rest))
    section = [line for line in rest[:end] if line]
    margin = min((len(line) - len(line.lstrip()) for line in section), default=0)
    return [line[margin:] for line in section]


def meanings(cls: type) -> dict[str, str]:
    """Returns the arguments of a class with their meanings, whether class or constructor documents them.

    What a class says of an argument goes before what those say that it inherits from.
    """
    found: dict[str, str] = {}
    for owner in cls.__mro__:
        for docstring in (owner.__doc__, vars(owner).get("__init__", owner).__doc__):
            found = {**entries(docstring, "Args"), **found}
    return found


def summary(docstring: str | None) -> str:
    """Returns the first paragraph, on one line."""
    return " ".join(inspect.cleandoc(docstring or "").partition("\n\n")[0].split())
