"""`hpsearch run`: the options of a run, and the question before anything is removed."""

from __future__ import annotations

import sys
from typing import Any

import click

from hpsearch.cli.clitypes import Duration, Memory
from hpsearch.cli.options import data_option, examples, jobs_option, out_option, study_file_option
from hpsearch.cli.running import run_with_progress
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError
from hpsearch.search.options import RunOptions
from hpsearch.search.ranges import EXECUTORS, RANGES


@click.command(
    "run",
    epilog=examples(
        "run --study convnet --trials 100",
        "run --study my-study.toml --jobs 4 --timeout 2h",
        "run --study normalization --data cifar10",
        "run --study convnet --set training.epochs=5 --seed 1 --out trying",
    ),
)
@study_file_option
@click.option("--trials", type=click.IntRange(*RANGES["trials"]), help="How many trials in all.")
@jobs_option
@click.option(
    "--threads",
    type=click.IntRange(*RANGES["threads"]),
    help="Threads of each process, of fewer by default.  [default: as in the study's last run, or 1]",
)
@click.option("--timeout", type=Duration(), help="Stop after this time: 90, 10m, 2h; resumable.")
@click.option("--trial-timeout", type=Duration(), help="A trial that takes longer fails.")
@click.option("--trial-memory", type=Memory(), help="A trial that needs more fails: 500M, 2G.")
@click.option("--executor", type=click.Choice(EXECUTORS), default="loky", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of a running Dask cluster, as tcp://HOST:PORT.")
@data_option
@click.option("--seed", type=click.IntRange(*RANGES["seed"]), help="Use another seed.")
@click.option("--set", multiple=True, metavar="KEY=VALUE", help="As in training.epochs=5.")
@click.option("--warm-start", metavar="STUDY", help="Begin with the best trials of another study.")
@click.option(
    "--top", type=click.IntRange(*RANGES["top"]), default=10, show_default=True, help="How many of them."
)
@click.option("--retry-failed", is_flag=True, help="Train trials again that failed before.")
@click.option("--fresh", is_flag=True, help="Start over: removes what the study's folder holds.")
@click.option("--yes", is_flag=True, help="Do not ask before --fresh removes anything.")
@click.option("--live", is_flag=True, help="Renew the page while the search goes on.")
@click.option(
    "--other-environment", is_flag=True, help="Go on though other versions or hardware may change bits."
)
@out_option
def command(study: str, yes: bool, live: bool, **given: Any) -> None:
    """Search; run the same command again to continue."""

    def before_removal(folder: StudyFolder) -> None:
        if not yes:
            _ask_before_removing(folder)

    sys.exit(run_with_progress(study, RunOptions(**given), before_removal, live=live))


def _ask_before_removing(folder: StudyFolder) -> None:
    if not sys.stdin.isatty():
        raise CallError(f"--fresh would remove {folder.path}; expected --yes, since nobody can be asked")
    click.confirm(f"Remove the trials and the report in {folder.path}?", abort=True)
