"""`hpsearch verify`: what of an archive that was handed in, or of a study folder, holds, in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hpsearch.checks.verify import Terms, Verdict, verify
from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, jobs_option
from hpsearch.search.processors import physical_cores


@click.command(
    "verify",
    epilog=examples(
        "verify convnet.zip", "verify convnet.zip --drawn 10 --draw 7 --test", "verify reports/convnet"
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--drawn",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="How many trials, nets of confirm and nets of an answer to train again beside the winner.",
)
@click.option(
    "--draw",
    type=click.IntRange(0),
    metavar="SEED",
    help="Draws which ones.  [default: the archive's own hash]",
)
@click.option("--data", metavar="PATH", help="Where the study's data lies here.")
@click.option("--run-code", is_flag=True, help="Run the module of a net of the user's own that is in it.")
@click.option("--test", is_flag=True, help="Measure its test accuracies again too, on the same fresh seeds.")
@jobs_option
def command(
    file: Path, drawn: int, draw: int | None, data: str | None, run_code: bool, test: bool, jobs: int | None
) -> None:
    """Check a pack or a study folder; train some trials again.

    The exit status is 0 if trials were trained again and nothing was found wrong. No code of the archive is
    run without --run-code.
    """
    verdict = verify(file, Terms(drawn, draw, data, run_code, test, jobs or physical_cores()))
    say(as_text(verdict, file))
    sys.exit(0 if verdict.is_good else 1)


def as_text(verdict: Verdict, file: Path) -> str:
    """Returns in one line what holds."""
    found = "; ".join(verdict.holds)
    if verdict.broken:
        return f"{file} does not hold: {verdict.broken}" + (f" ({found})" if found else "")
    if verdict.unchecked:
        return f"{file} holds as far as it was checked: {found}; {verdict.unchecked}"
    return f"{file} holds: {found}"
