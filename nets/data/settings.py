"""What a study says about its data: the `[data]` section, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from nets.data.catalog import SOURCES
from nets.data.errors import SettingError
from nets.data.source import Source
from nets.names import nearest_first


@dataclass(frozen=True)
class SplitSettings:
    """Which data, split how. None means the source's default.

    Attributes:
        source: name of the source.
        num_train: images that train; by default all that are left.
        num_val: images that validate; by default as many as the source says.
        num_test: images kept for the final test; by default as many as the source says.
        num_estimate: images set aside that neither train nor choose anything, for `hpsearch confirm` to
            estimate on; by default none.
        split_seed: seed of the split, >= 0, apart from the study's seed.
        stratified: true draws the splits at random with each class in proportion, false takes the file's
            order; by default as the source says.
        path: file or folder of the source, for sources that read one.
        label: name of the column with the classes, for tables; by default "label".
    """

    source: str = "digits"
    num_train: int | None = None
    num_val: int | None = None
    num_test: int | None = None
    split_seed: int = 0
    stratified: bool | None = None
    path: str | None = None
    label: str | None = None
    num_estimate: int | None = None

    def to_table(self) -> dict[str, object]:
        """Returns the settings that are not None: a `[data]` section that `check_settings` takes."""
        return {key: value for key, value in asdict(self).items() if value is not None}


SMALLEST = {"num_train": 1, "num_val": 1, "num_test": 0, "num_estimate": 0, "split_seed": 0}


def check_settings(mapping: Mapping[str, object], sources: Mapping[str, Source] = SOURCES) -> SplitSettings:
    """Returns the settings that a `[data]` section holds.

    Args:
        mapping: the keys and values of the section.
        sources: the sources that may be named.

    Raises:
        SettingError: an unknown key, or a value of the wrong type, out of range or unfit for the source.
    """
    names = [field.name for field in fields(SplitSettings)]
    for key in mapping:
        if key not in names:
            raise SettingError(key, f"unknown key; there are {nearest_first(names, key)}")
    source = sources[check_name("source", mapping.get("source", SplitSettings.source), list(sources))]
    for key, value in mapping.items():
        check_value(key, value, source)
    if source.needs_path and "path" not in mapping:
        raise SettingError("path", f"must be given: source {source.name!r} reads a file or folder of yours")
    known = {key: value for key, value in mapping.items() if (key, value) != ("num_estimate", 0)}
    return SplitSettings(**known)  # type: ignore[arg-type]  # each value was checked above


def check_value(key: str, value: object, source: Source) -> None:
    """Raises SettingError unless `value` is right for `key`."""
    if key in SMALLEST:
        check_count(key, value, SMALLEST[key])
    elif key == "stratified" and not isinstance(value, bool):
        raise SettingError(key, f"must be true or false, but got {value!r}")
    elif key in ("path", "label"):
        check_text(key, value, source)


def check_count(key: str, value: object, smallest: int) -> None:
    """Raises SettingError unless `value` is an integer from `smallest` up."""
    if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
        raise SettingError(key, f"must be an integer from {smallest} up, but got {value!r}")


def check_name(key: str, value: object, known: list[str]) -> str:
    """Returns `value` if it is a known name.

    Raises:
        SettingError: lists the known names, the nearest first.
    """
    if not isinstance(value, str) or value not in known:
        raise SettingError(key, f"must be one of {nearest_first(known, str(value))}, but got {value!r}")
    return value


def check_text(key: str, value: object, source: Source) -> None:
    """Raises SettingError unless `value` is a text that the source has a use for."""
    if not (source.takes_path if key == "path" else source.takes_label):
        raise SettingError(key, f"source {source.name!r} takes no {key}, but got {value!r}")
    if not isinstance(value, str) or not value or "\0" in value:
        raise SettingError(key, f"must be a text that is not empty, but got {value!r}")
