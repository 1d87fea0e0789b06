"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.search.ranges import RANGES

study_option = click.option("--study", required=True, metavar="NAME", help="Name of the study.")
out_option = click.option(
    "--out",
    default="reports",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that study folders and the test ledger lie in.",
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(*RANGES["jobs"]), help="Worker processes.  [default: physical cores]"
)
