"""`hpsearch report`: the page again, or the report in short."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, format_option, out_option, study_option
from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.report import Painters, markdown_summary, painters_beside, write_present, write_report
from hpsearch.system.processes import yield_to_others

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

_LIBRARIES = ("hpsearch.report.write", "hpsearch.results.landscape")  # what a page imports, seconds in all


@click.command(
    "report", epilog=examples("report --study convnet --open", "report --study convnet --format markdown")
)
@study_option
@out_option
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--present", is_flag=True, help="One figure a screen, to show to others: present.html.")
@click.option("--live", is_flag=True, hidden=True)  # what `run --live` calls
@format_option("html", "markdown")
def command(study: str, out: Path, show: bool, present: bool, live: bool, style: str) -> None:
    """Build the report again, or print it in short.

    The page is index.html in the study's folder, the short form is Markdown. With --present it is
    present.html, through which the arrow keys go.
    """
    folder = find_folder(out, study)
    if style == "markdown":
        click.echo(markdown_summary(_read(folder)))
        return
    if live:
        if folder.page.exists():
            yield_to_others()  # the search goes first, but for the first page, which somebody waits for
        for library in _LIBRARIES:
            importlib.import_module(library)
        if not sys.stdin.readline():
            return  # the run ended before there was a trial to show
    if present:
        page = write_present(_read(folder))
    else:
        with Painters(0 if live else painters_beside()) as painters:
            painters.start()
            page = write_report(_read(folder), painters=painters, live=live)
    say(str(page), [page])
    if show:
        click.launch(str(page.absolute()))


def _read(folder: StudyFolder) -> StudyFrames:
    """Returns the study of a folder; it imports pandas, which painters do meanwhile too."""
    from hpsearch.results.frames import read_study

    return read_study(folder.path)
