"""`[on.NAME]` of a study file: what is other on another data set, merged over the file if that is asked for.

`[on.cifar10.training] epochs = 5` is `[training] epochs = 5` with `--data cifar10`, and nothing without it.

Keys of the section:
    NAME: what is other on the data set NAME, as `[on.NAME.training] epochs = 5`; all other keys stay. An
        entry of `space`, and a `sampler` or `pruner` with a name, stand for the whole one of the file. The
        name of another data set instead stands for what is other on that one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hpsearch.errors import CallError
from hpsearch.study.own_data import OWN_DATA
from hpsearch.study.table_source import SOURCES
from nets.data.settings import SplitSettings
from nets.names import nearest_first

SECTION = "on"
_OF_THE_SET_ALONE = ("path", "label")
_WHOLE_IF_NAMED = ("sampler", "pruner")

Sections = Mapping[str, Any]
_SETS = [name for name in SOURCES if name != OWN_DATA]  # a training function's own is no set to go to


def check(on: object, own_source: object, known_sections: Collection[str]) -> None:
    """Checks the names of data sets and sections below `[on]`.

    Args:
        on: what the file has there.
        own_source: the data set of the file itself.
        known_sections: those that an entry may have.

    Raises:
        ValueError: `on.NAME.SECTION: what was expected`.
    """
    if not isinstance(on, Mapping):
        raise ValueError(f"{SECTION}: expected sections [{SECTION}.NAME.SECTION], but got {on!r}")
    for name, entries in on.items():
        where = f"{SECTION}.{name}"
        if name not in _SETS:
            raise ValueError(f"{where}: no such data set; expected one of {nearest_first(_SETS, name)}")
        if name == own_source:
            raise ValueError(f"{where}: the file itself is on {name}; expected another data set")
        if isinstance(entries, Mapping):
            _check_sections(where, entries, known_sections)
        elif not isinstance(entries, str) or not isinstance(on.get(entries), Mapping):
            others = [other for other, table in on.items() if isinstance(table, Mapping)]
            raise ValueError(
                f"{where}: expected sections [{where}.SECTION], or the name of a data set that has such, "
                f"one of {nearest_first(others, str(entries))}, but got {entries!r}"
            )


def _check_sections(where: str, entries: Sections, known: Collection[str]) -> None:
    for section, keys in entries.items():
        if section not in known:
            raise ValueError(
                f"{where}.{section}: unknown section; expected one of {nearest_first(known, section)}"
            )
        if section != "enqueue" and not isinstance(keys, Mapping):
            raise ValueError(f"{where}.{section}: expected a section [{where}.{section}], but got {keys!r}")
        if section == "data" and "source" in keys:
            raise ValueError(f"{where}.data.source: the section's name says it; expected no such key")


def on_other_data(table: Sections, where: str, source: str) -> tuple[dict[str, Any], str]:
    """Returns a checked study file's sections as they are on another data set, and what is to be said of it.

    Args:
        table: the file's sections.
        where: the file.
        source: the data set; one that the file has no entry for leaves everything else as it is.

    Raises:
        CallError: there is no such data set.
    """
    on = table.get(SECTION, {})
    if source not in _SETS:
        has = f"{where} has sections for {', '.join(on)}" if on else f"{where} has sections for none"
        known = nearest_first(_SETS, source)
        raise CallError(f"--data {source}: no such data set; expected one of {known}; {has}")
    if source in on:
        return merged(table, source), ""
    remark = f"{where} has no section [on.{source}]: its own numbers of images, trials and epochs are taken"
    return merged(table, source), remark


def merged(table: Sections, source: str) -> dict[str, Any]:
    """Returns the sections of a checked study file as they are on a data set, without `[on]`.

    Args:
        table: the file's sections.
        source: the data set; one that has no entry leaves all others as they are.
    """
    found = {section: entries for section, entries in table.items() if section != SECTION}
    own = found.get("data", {})
    found["data"] = {key: value for key, value in own.items() if key not in _OF_THE_SET_ALONE}
    for section, entries in entry_of(table, source).items():
        whole = section == "enqueue" or (section in _WHOLE_IF_NAMED and "name" in entries)
        found[section] = entries if whole else {**found.get(section, {}), **entries}
    found["data"] = {**found["data"], "source": source}
    return found


def entry_of(table: Sections, source: str) -> Sections:
    """Returns the sections that a checked study file has for a data set; empty if it has none."""
    on = table.get(SECTION, {})
    entry: Sections | str = on.get(source, {})
    return on[entry] if isinstance(entry, str) else entry


def own_source(table: Sections) -> object:
    """Returns the data set that a study file names, or the default."""
    data = table.get("data", {})
    return data.get("source", SplitSettings.source) if isinstance(data, Mapping) else None
