"""The study files that there are: what each asks, how long it takes, and on which data sets."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hpsearch.errors import StudyFileError
from hpsearch.study import about, otherdata
from hpsearch.study.arguments import DEFAULT_KIND
from hpsearch.study.places import folders_of_studies


@dataclass(frozen=True)
class Listed:
    """A study file, as `hpsearch studies` lists it.

    Attributes:
        name: what `--study` takes.
        question, time, course: as in its `[about]`; "" where it says nothing.
        net: the kind of its net.
        data: the data set of the file itself.
        other_data: those that it has an `[on.NAME]` for.
        searches: the names of the searched parameters.
        trials: how many; None where the file leaves it to the default.
        path: the file.
    """

    name: str
    question: str
    time: str
    course: str
    net: str
    data: str
    other_data: tuple[str, ...]
    searches: tuple[str, ...]
    trials: int | None
    path: Path


def studies(folders: Iterable[Path] | None = None) -> list[Listed]:
    """Returns the study files by name; of two of a name that which `--study` finds.

    Args:
        folders: where they lie, the first first; by default where `--study NAME` looks.

    Raises:
        StudyFileError: one cannot be read, or does not have the form of a study file.
    """
    found: dict[str, Path] = {}
    for folder in folders_of_studies() if folders is None else folders:
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return [read(path) for _, path in sorted(found.items())]


def read(path: Path) -> Listed:
    """Returns what a study file says of itself.

    Raises:
        StudyFileError: it cannot be read, or does not have the form of a study file.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        said = about.parse_about(table.get(about.SECTION, {}))
        return Listed(
            name=path.stem,
            question=said.question,
            time=said.time,
            course=said.course,
            net=str(table.get("net", {}).get("kind", DEFAULT_KIND)),
            data=str(otherdata.own_source(table)),
            other_data=tuple(table.get(otherdata.SECTION, {})),
            searches=tuple(table.get("space", {})),
            trials=table.get("study", {}).get("trials"),
            path=path,
        )
    except OSError as error:
        raise StudyFileError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise StudyFileError(f"{path}: not a study file: {error}") from error
