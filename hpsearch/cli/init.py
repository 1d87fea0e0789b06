"""`hpsearch init`: a study file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.study import places


@click.command("init")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def command(path: Path) -> None:
    """Write a commented study file to begin with."""
    places.write_example(path)
    click.echo(f"{path}: written; hpsearch run --study {path}")
