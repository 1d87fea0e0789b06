"""`hpsearch trials`: the recorded trials as a table, on the terminal or in a file."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any

import click
import pandas as pd

from hpsearch.cli.options import examples, format_option, out_option, study_option
from hpsearch.cli.output import put
from hpsearch.disk import atomic
from hpsearch.disk.folder import find_folder
from hpsearch.errors import CallError, FolderError
from hpsearch.results.frames import StudyFrames, read_study
from hpsearch.results.stats import ranked
from hpsearch.results.tables import TRIAL_COLUMNS, headings, with_whole_numbers
from hpsearch.words import fraction, one_line, visible
from nets.names import nearest_first


@click.command(
    "trials",
    epilog=examples(
        "trials --study convnet --top 10",
        "trials --study convnet --sort learning_rate",
        "trials --study convnet --format csv --output trials.csv",
    ),
)
@study_option
@out_option
@format_option("table", "csv", "json", "parquet")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--sort", "by", metavar="COLUMN", help="Order by a column; value: best first.")
@click.option("--top", type=click.IntRange(1), help="Only so many, the best complete ones if not sorted.")
def command(study: str, out: Path, style: str, output: Path | None, by: str | None, top: int | None) -> None:
    """All recorded trials, a line each."""
    table = chosen(promised(read_study(find_folder(out, study).path)), by, top)
    if output is not None or style == "parquet":
        write(table, style, output)
    elif style == "table" and sys.stdout.isatty():
        click.echo(fitted(table, shutil.get_terminal_size().columns))
    elif style == "table":
        click.echo(render(table, style))
    else:
        put(render(table, style))


def chosen(table: pd.DataFrame, by: str | None, top: int | None) -> pd.DataFrame:
    """Returns the trials in the order of a column, which may leave out `params.`, and the first of them.

    Raises:
        CallError: there is no such column.
    """
    if by is None:
        return table if top is None else ranked(table).head(top)
    names = {short: name for name, short in _short_names(table).items()}
    if by not in names and by not in table:
        raise CallError(f"--sort {by}: expected one of {nearest_first(list(names), by)}")
    column = names.get(by, by)
    key = table[column].map(str, na_action="ignore") if _is_mixed(table[column]) else table[column]
    order = key.sort_values(ascending=column != "value", kind="stable").index
    ordered = table.loc[order]
    return ordered if top is None else ordered.head(top)


def fitted(table: pd.DataFrame, width: int) -> str:
    """Returns the table with as many of its columns as a terminal holds, and says which it left out."""
    left_out: list[str] = []
    short = _short_names(table)
    while len(table.columns) > 1 and len(render(table, "table").partition("\n")[0]) > width:
        left_out.insert(0, short[str(table.columns[-1])])
        table = table.iloc[:, :-1]
    note = f"not shown at {width} columns: {', '.join(left_out)}; --format csv has all"
    return "\n".join([render(table, "table"), *([fill(note, width)] if left_out else [])])


def promised(frames: StudyFrames) -> pd.DataFrame:
    """Returns the trials with the columns that people and programs are promised."""
    params = [f"params.{parameter.name}" for parameter in frames.parameters]
    return with_whole_numbers(frames.trials[[*TRIAL_COLUMNS, *params]], frames.parameters)


def render(table: pd.DataFrame, style: str) -> str:
    """Returns a table of trials as text: "table", "csv" or "json"."""
    if style == "csv":
        return str(table.to_csv(index=False)).rstrip("\n")
    if style == "json":
        return json.dumps([_plain(row) for row in table.to_dict("records")], indent=1)
    if table.empty:
        return "no trials yet"
    short = table.rename(columns=_short_names(table))
    formats = {"value": partial(fraction, decimals=4), "seconds": "{:.2f}".format}
    shown = {
        name: [_cell(value, formats.get(str(name), "{:.4g}".format)) for value in short[name]]
        for name in short
    }
    return str(pd.DataFrame(shown).to_string(index=False))


def _short_names(table: pd.DataFrame) -> dict[str, str]:
    """Returns how columns are shown, by name."""
    names = [str(name) for name in table.columns]
    return dict(zip(names, headings(names), strict=True))


def write(table: pd.DataFrame, style: str, path: Path | None) -> None:
    """Writes a table of trials to a file; a link stays a link, and a pipe or device is written to.

    Raises:
        CallError: Parquet without a file or without its library.
        FolderError: the file cannot be written.
    """
    if path is None:
        raise CallError("--format parquet writes no text; expected --output FILE")
    content = _parquet(table) if style == "parquet" else _encoded(render(table, style))
    if not os.path.exists(path) or os.path.isfile(path):
        atomic.write_bytes(Path(os.path.realpath(path)), content)
        return
    try:
        path.write_bytes(content)  # renaming a file to its place would remove the device
    except OSError as error:
        raise FolderError(f"{path}: cannot be written: {error.strerror or error}") from error


def _encoded(rendered: str) -> bytes:
    """Returns a rendered table as a file's content; what UTF-8 cannot hold is written as an escape."""
    return f"{rendered}\n".encode("utf-8", "backslashreplace")


def _parquet(table: pd.DataFrame) -> bytes:
    """Returns a table as Parquet, whose columns have one kind each: choices of several become text."""
    plain = {
        str(name): column.map(str, na_action="ignore") for name, column in table.items() if _is_mixed(column)
    }
    try:
        return bytes(table.assign(**plain).to_parquet(index=False))
    except ImportError as error:
        raise CallError("--format parquet needs pyarrow: pip install 'hpsearch[parquet]'") from error


def _is_mixed(column: pd.Series) -> bool:
    return len({type(value) for value in column.dropna()}) > 1


def _cell(value: object, number_format: Any) -> str:
    if _is_absent(value):
        return "-"
    return number_format(value) if isinstance(value, float) else one_line(visible(value))


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Returns a row with JSON values, null for what is absent."""
    return {str(name): None if _is_absent(value) else value for name, value in row.items()}


def _is_absent(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
