"""What the command line takes: times and amounts of memory with their units, and folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from hpsearch import quantities


class Duration(click.ParamType):  # type: ignore[type-arg]  # click 8.1 takes no type here
    """Seconds, or minutes and hours with a suffix: 90, 90s, 10m, 1.5h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns the duration in seconds."""
        try:
            return quantities.seconds(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Memory(click.ParamType):  # type: ignore[type-arg]
    """Bytes, or more of them with a suffix: 500M, 2G."""

    name = "memory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Returns the amount in bytes."""
        try:
            return quantities.n_bytes(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Folder(click.Path):
    """The path of a folder, which may be absent; an empty one, as of a variable that is not set, is none."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Returns the path."""
        if not os.fspath(value):
            self.fail("expected a folder, but got ''", param, ctx)
        return super().convert(value, param, ctx)
