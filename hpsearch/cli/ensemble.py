"""`hpsearch ensemble`: the best trials together, as a candidate for the final test."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.checks import ensemble
from hpsearch.cli.closing import draw_again
from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, jobs_option, out_option, seeds_option, study_option
from hpsearch.disk.ensemble import Ensemble
from hpsearch.disk.folder import find_folder
from hpsearch.search.processors import physical_cores
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import fraction, fractions, listed


@click.command("ensemble", epilog=examples("ensemble --study convnet --top 3"))
@study_option
@out_option
@jobs_option
@click.option("--top", type=click.IntRange(2), default=5, show_default=True, help="How many trials.")
@seeds_option
def command(study: str, out: Path, jobs: int | None, top: int, seeds: int) -> None:
    """The best trials together: better than the winner alone?

    They are trained on fresh seeds, and their nets' probabilities are averaged. Only trials that are better
    together on the validation images can be tested with 'hpsearch test --ensemble'.
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked():
        found = ensemble.check(resolved, folder, top=top, n_seeds=seeds, jobs=jobs or physical_cores())
        say(as_text(found))
        draw_again(folder)


def as_text(found: Ensemble) -> str:
    """Returns what the trials are worth together, and what that says."""
    gain, low, high = (100 * share for share in (found.gain, found.gain_low, found.gain_high))
    points = f"{gain:+.2f} points (95 % interval {low:+.2f} to {high:+.2f})"
    if found.gain_low > 0:
        answer = f"together they are better: {points}"
    elif found.gain_high < 0:
        answer = f"together they are worse: {points}"
    else:
        answer = f"no difference that {found.n_seeds} fresh seeds and {found.n_val} images can show: {points}"
    return (
        f"{answer}\n"
        f"  trials {listed(found.members)} together: {fraction(found.mean, 4)}, 95 % interval"
        f" {fractions(found.low, found.high, 4)}\n"
        f"  trial {found.members[0]} alone: {fraction(found.alone, 4)}\n"
        f"  mean validation accuracy on {found.n_seeds} fresh seeds, each net in the epoch that other images"
        " chose"
    )
