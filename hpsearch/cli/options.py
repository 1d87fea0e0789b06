"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hpsearch.cli.clitypes import Folder
from hpsearch.search.ranges import FRESH_SEEDS, RANGES

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

study_option = click.option(
    "--study", required=True, metavar="NAME|FOLDER", help="Name of the study, or its folder."
)
study_file_option = click.option(
    "--study", required=True, metavar="NAME|FILE", help="A study file, or the name of one."
)
out_option = click.option(
    "--out",
    default="reports",
    show_default=True,
    type=Folder(),
    help="Folder that study folders and the test ledger lie in.",
)
data_option = click.option(
    "--data",
    metavar="SET",
    help="Another data set, with what the file's [on.SET] says; the study is NAME-SET.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(*RANGES["jobs"]),
    help="Worker processes.  [default: physical cores]",
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(*RANGES["threads"]),
    default=1,
    show_default=True,
    help="Threads of each process, of fewer by default; others may give other bits.",
)
seeds_option = click.option(
    "--seeds", type=click.IntRange(*FRESH_SEEDS), default=5, show_default=True, help="Fresh seeds."
)


def format_option(*styles: str) -> Callable[[Decorated], Decorated]:
    """Returns the option `--format`; the first style is the default."""
    return click.option("--format", "style", type=click.Choice(styles), default=styles[0], show_default=True)


def examples(*calls: str) -> str:
    """Returns the end of a command's help: calls of it that work as they are written."""
    return "\n".join(["\b", "Examples:", *(f"  hpsearch {call}" for call in calls)])


def set_option(example: str) -> Callable[[Decorated], Decorated]:
    """Returns the option `--set`, which changes keys of the study file."""
    return click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help=f"As in {example}.")
