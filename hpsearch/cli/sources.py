"""What `hpsearch data` does: list the sources, describe one, fetch or import a published set.

Each function returns what the command prints, as data; errors come as one line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hpsearch.cli.output import terminal
from hpsearch.errors import CallError, DataError
from hpsearch.study.datanotes import data_notes
from hpsearch.study.table_source import SOURCES
from nets import data as nets_data
from nets.data.published import PUBLISHED
from nets.names import nearest_first

if TYPE_CHECKING:
    from nets.data.fetch import ShowProgress


@dataclass(frozen=True)
class SourceRow:
    """One line of `hpsearch data list`.

    Attributes:
        name: of the source.
        place: where its files are, or what is to be done to have them.
        summary: what it is.
    """

    name: str
    place: str
    summary: str


@dataclass(frozen=True)
class Description:
    """What `hpsearch data info` says of a source, split by the settings.

    Attributes:
        settings: what was asked for.
        image_shape: (C, H, W), or (D,).
        class_names: one a class.
        counts: split -> number of examples of each class.
        num_estimate: examples set aside to estimate on.
        folder: where the training and validation splits are cached.
        train_val_hash: SHA-256 of their contents.
        test_hash: the same of the test split.
        notes: what is to be known of them, a sentence each.
    """

    settings: Mapping[str, object]
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    num_estimate: int
    folder: Path
    train_val_hash: str
    test_hash: str
    notes: tuple[str, ...]


def list_sources() -> list[SourceRow]:
    """Returns a row for each source."""
    return [SourceRow(source.name, place_of(source), source.summary) for source in SOURCES.values()]


def place_of(source: nets_data.Source) -> str:
    """Returns where a source's files are, or what is to be done to have them."""
    if source.needs_path:
        return "set data.path"
    try:
        place = source.locate(nets_data.SplitSettings(source.name))
    except FileNotFoundError:
        return f"hpsearch data fetch {source.name}"
    return "built in" if place is None else str(place)


def describe(table: Mapping[str, object]) -> Description:
    """Returns what a `[data]` section stands for; prepares it if that has not been done.

    Only the number of test examples is told, not their classes: nobody looks into the test split here.

    Raises:
        CallError: the section is wrong.
        DataError: the data cannot be read.
    """
    with told_in_one_line():
        settings = nets_data.check_settings(table, SOURCES)
        prepared = nets_data.prepare(settings, SOURCES)
        opened = nets_data.open_train_val(prepared.train_val)
    count = {"train": opened.y_train, "validation": opened.y_val}
    return Description(
        settings=settings.to_table(),
        image_shape=opened.image_shape,
        class_names=opened.class_names,
        counts={
            name: tuple(np.bincount(y, minlength=opened.num_classes).tolist()) for name, y in count.items()
        },
        num_estimate=settings.num_estimate or 0,
        folder=prepared.train_val,
        train_val_hash=prepared.train_val_hash,
        test_hash=prepared.test_hash,
        notes=tuple(data_notes(settings.source, opened)),
    )


def fetch(name: str) -> Path:
    """Downloads a published set unless it is there; shows progress on a terminal.

    Raises:
        CallError: no set of this name is published.
        DataError: it cannot be had.
    """
    from nets.data import fetch as fetching

    check_published(name)
    with told_in_one_line(), progress_bar() as progress:
        return fetching.fetch(name, progress)


def import_files(name: str, path: Path) -> tuple[int, int]:
    """Brings a set that was downloaded by hand into the cache, after reading all of it.

    Returns:
        the numbers of its training and test images.

    Raises:
        CallError: no set of this name is published.
        DataError: the files are not that set.
    """
    from nets.data import fetch as fetching

    check_published(name)
    settings = nets_data.SplitSettings(name)
    with told_in_one_line():
        raw = fetching.import_files(name, path, lambda folder: SOURCES[name].read(folder, settings))
    return len(raw.pool), len(raw.test or ())


def check_published(name: str) -> None:
    """Raises CallError unless a set of this name is published."""
    if name not in PUBLISHED:
        raise CallError(
            f"{name}: no such published data set; expected one of {nearest_first(PUBLISHED, name)}"
        )


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turns the errors of nets.data into those of hpsearch."""
    try:
        yield
    except nets_data.SettingError as error:
        raise CallError(f"data.{error}") from error
    except nets_data.DataFileError as error:
        raise DataError(str(error)) from error
    except OSError as error:
        raise DataError(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error


@contextmanager
def progress_bar() -> Iterator[ShowProgress]:
    """Gives a function that shows how far each file is; a bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(
        *columns, console=Console(file=terminal(sys.stderr)), disable=not sys.stderr.isatty()
    ) as bars:

        def show(name: str, done: int, size: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=size)
            bars.update(tasks[name], completed=done)

        yield show
