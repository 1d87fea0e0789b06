"""`hpsearch report`: the page again, or the report in short."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, format_option, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.report import markdown_summary, write_present, write_report
from hpsearch.results.frames import read_study


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
    frames = read_study(find_folder(out, study).path)
    if style == "markdown":
        click.echo(markdown_summary(frames))
        return
    if live:
        os.nice(5)  # the search goes first
    page = write_present(frames) if present else write_report(frames, live=live)
    say(str(page), [page])
    if show:
        click.launch(str(page.absolute()))
