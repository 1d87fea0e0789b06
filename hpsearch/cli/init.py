"""`hpsearch init`: a study file to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples
from hpsearch.study import places


@click.command("init", epilog=examples("init my-study.toml"))
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def command(path: Path) -> None:
    """Write a commented study file to begin with."""
    places.write_example(path)
    say(f"written {path}\nnext    hpsearch run --study {shlex.quote(str(path))}", [path])
