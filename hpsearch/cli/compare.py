"""`hpsearch compare`: several studies on one page."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.cli.options import out_option
from hpsearch.disk.folder import find_folder
from hpsearch.errors import CallError
from hpsearch.report import write_compare
from hpsearch.results.frames import read_study


@click.command("compare")
@click.argument("studies", nargs=-1, required=True, metavar="STUDY STUDY...")
@out_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The page to write.")
def command(studies: tuple[str, ...], out: Path, output: Path | None) -> None:
    """Several studies side by side, at equal budget.

    The page also says whether noise could explain the difference.
    """
    if len(set(studies)) < 2:
        raise CallError(f"compare {' '.join(studies)}: expected at least two studies")
    folders = [find_folder(out, study) for study in studies]
    page = output or out / f"compare-{'-'.join(folder.name for folder in folders)}.html"
    click.echo(write_compare([read_study(folder.path) for folder in folders], page))
