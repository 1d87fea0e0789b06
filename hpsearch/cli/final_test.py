"""`hpsearch test`: the final evaluation on the test split."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from hpsearch.checks import final_test
from hpsearch.cli.closing import draw_again
from hpsearch.cli.lines import say
from hpsearch.cli.options import (
    examples,
    format_option,
    jobs_option,
    out_option,
    seeds_option,
    study_option,
    threads_option,
)
from hpsearch.cli.processors import used_processors
from hpsearch.disk.folder import find_folder
from hpsearch.disk.ledger import Look
from hpsearch.results.frames import read_study
from hpsearch.results.winner import Chosen, find_chosen
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted, fraction, fractions, listed, times


@click.command(
    "test", epilog=examples("test --study convnet", "test --study convnet --again 'searched 100 trials more'")
)
@study_option
@out_option
@jobs_option
@threads_option
@seeds_option
@click.option("--again", metavar="REASON", help="Why to look a second time; the ledger keeps it.")
@click.option(
    "--ensemble", is_flag=True, help="Test the trials that hpsearch ensemble found to be better together."
)
@format_option("text", "json")
def command(
    study: str,
    out: Path,
    jobs: int | None,
    threads: int,
    seeds: int,
    again: str | None,
    ensemble: bool,
    style: str,
) -> None:
    """The final evaluation on the test split, with its ledger.

    It tests the trial that confirm took, without one the search's winner. Its epoch is chosen by validation
    images, as a user would. A study looks once; a second look needs --again, and stays visible.
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked(), used_processors(jobs, threads) as n_jobs:
        chosen = find_chosen(folder)
        n_before = len(read_study(folder.path).ledger)  # what cannot be read is told before the look is taken
        look = final_test.evaluate(
            resolved, folder, n_seeds=seeds, jobs=n_jobs, again=again, ensemble=ensemble
        )
        from hpsearch.report import write_report

        if style == "json":
            click.echo(json.dumps(asdict(look), indent=1))
            write_report(read_study(folder.path))
        else:
            say(as_text(look, chosen, n_before, folder.ledger), [folder.ledger])
            draw_again(folder)


def as_text(look: Look, chosen: Chosen, n_before: int, ledger: Path) -> str:
    """Returns what a look saw, which trial that was and why, and how many looks came before it."""
    singles = "  ".join(fraction(accuracy, 4) for accuracy in look.accuracies)
    before = f"they were looked at {times(n_before)} before" if n_before else "nobody looked at them before"
    together = f"trials {listed(look.members)} together" if look.members else f"trial {look.trial}"
    interval = fractions(look.low, look.high, 4)
    return (
        f"test accuracy {fraction(look.accuracy, 4)}   95 % interval {interval}\n"
        f"  mean of {look.n_seeds} fresh seeds of {together}: {singles}\n"
        f"  {_why_together(look) if look.members else why(chosen)}\n"
        f"  {look.n_test} test images; {before} ({ledger})"
    )


def _why_together(look: Look) -> str:
    return f"together they were better than trial {look.trial} alone, by hpsearch ensemble"


def why(chosen: Chosen) -> str:
    """Returns why a trial is tested: what it won, and what happened since."""
    number, best = chosen.record.number, chosen.best.number
    if chosen.race is None:
        race = "confirm.json is of other trials" if chosen.lost else "hpsearch confirm took none"
        return f"trial {number} was best in the search; {race}"
    n_seeds = max(one.n_seeds for one in chosen.race.finalists if one.number == number)
    won = f"trial {number} won on {n_seeds} fresh seeds"
    since = f"; {counted(chosen.n_since, 'trial')} recorded since" if chosen.n_since else ""
    if best == number:
        return f"{won} and is best in the search{since}"
    raced = best in [one.number for one in chosen.race.finalists]
    return f"{won}{since}; trial {best} is best in the search{'' if raced else ', but did not race'}"
