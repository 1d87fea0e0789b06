"""`hpsearch report`: the page again, or the report in short."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpsearch.cli.options import format_option, out_option, study_option
from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.report import Painters, markdown_summary, painters_beside, write_report

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


@click.command("report")
@study_option
@out_option
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--live", is_flag=True, hidden=True)  # what `run --live` calls
@format_option("html", "markdown")
def command(study: str, out: Path, show: bool, live: bool, style: str) -> None:
    """Build the report again, or print it in short.

    The page is index.html in the study's folder, the short form is Markdown.
    """
    folder = find_folder(out, study)
    if style == "markdown":
        click.echo(markdown_summary(_read(folder)))
        return
    if live:
        os.nice(5)  # the search goes first
    with Painters(0 if live else painters_beside()) as painters:
        painters.start()
        page = write_report(_read(folder), painters=painters, live=live)
    click.echo(page)
    if show:
        click.launch(str(page.absolute()))


def _read(folder: StudyFolder) -> StudyFrames:
    """Returns the study of a folder; it imports pandas, which painters do meanwhile too."""
    from hpsearch.results.frames import read_study

    return read_study(folder.path)
