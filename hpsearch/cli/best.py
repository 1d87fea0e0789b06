"""`hpsearch best`: the winner, as text that programs read; it needs the record alone, and no pandas."""

from __future__ import annotations

import json
from pathlib import Path

import click
import tomli_w

from hpsearch.cli.options import format_option, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.records import TrialRecord
from hpsearch.results.winner import find_winner
from hpsearch.space import to_arguments


@click.command("best")
@study_option
@out_option
@format_option("toml", "json", "python")
def command(study: str, out: Path, style: str) -> None:
    """The winner: the complete trial with the best accuracy.

    The accuracy is that of its best epoch on the validation images.
    """
    click.echo(render(find_winner(find_folder(out, study)), style))


def render(record: TrialRecord, style: str) -> str:
    """Returns the winner as TOML, JSON or a Python dict of arguments."""
    values = {"trial": record.number, "value": record.value, "params": dict(record.params)}
    if style == "json":
        return json.dumps(values, indent=1)
    if style == "toml":
        return tomli_w.dumps(values).rstrip("\n")
    lines = [f"    {name!r}: {value!r}," for name, value in to_arguments(record.params).items()]
    return "\n".join([f"# trial {record.number}: validation accuracy {record.value}", "{", *lines, "}"])
