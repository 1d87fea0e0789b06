"""`hpsearch confirm`: the finalists on fresh seeds."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

import click

from hpsearch.checks import confirm
from hpsearch.cli.closing import draw_again
from hpsearch.cli.lines import say
from hpsearch.cli.options import (
    examples,
    jobs_option,
    out_option,
    seeds_option,
    study_option,
    threads_option,
)
from hpsearch.cli.processors import used_processors
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.folder import find_folder
from hpsearch.results.failing import unlearned_in_words
from hpsearch.results.tables import finalists_frame
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted, fraction, fractions, shows_luck

_STANDING = {"unbeaten": "not beaten", "beaten": "beaten"}


@click.command(
    "confirm",
    epilog=examples("confirm --study convnet", "confirm --study convnet --top 10 --seeds 8 --epochs 2000"),
)
@study_option
@out_option
@jobs_option
@threads_option
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="At most so many race.")
@seeds_option
@click.option("--epochs", type=click.IntRange(1), help="Begin no round that might exceed these in all.")
def command(
    study: str, out: Path, jobs: int | None, threads: int, top: int, seeds: int, epochs: int | None
) -> None:
    """Let the best trials race on fresh seeds: who is really best?

    Seeds are added to those that are not beaten. The one with the highest mean is taken, and `test` tests it.
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked(), used_processors(jobs, threads) as n_jobs:
        found = confirm.confirm(resolved, folder, top=top, n_seeds=seeds, jobs=n_jobs, max_epochs=epochs)
        say("\n".join([as_text(found), *few(found, top)]))
        draw_again(folder)


def few(confirmation: Confirmation, top: int) -> list[str]:
    """Returns why fewer trials met fresh seeds than was asked for; nothing where all were."""
    if len(confirmation.finalists) >= min(top, confirmation.n_trials):
        return []
    return [f"fewer than --top {top}: others are not complete, or clearly worse in the search"]


def as_text(confirmation: Confirmation) -> str:
    """Returns what was found: which finalist is taken and why, a line each, and on which images."""
    aside = confirmation.images == "estimate"
    images = "images set aside" if aside else "validation images"
    points = f"points over trial {confirmation.winner}"
    return "\n".join(
        [
            *(_choice(confirmation) if len(confirmation.finalists) > 1 else []),
            f"on {confirmation.n_images} {images}, each interval for itself at 95 %",
            f"trial  {'mean over seeds':<22}  search  {points:<22}  seeds",
            *(_line(one, one.number == confirmation.winner) for one in confirmation.finalists),
            _ending(confirmation),
            *wrap(unlearned_in_words(finalists_frame(confirmation)), 80, subsequent_indent="  "),
            _bias(confirmation, aside),
        ]
    )


def _line(one: Finalist, taken: bool) -> str:
    if one.standing == "diverged":
        return f"{one.number:>5}  diverged on fresh seed {one.diverged_on}"
    points = f"{100 * one.ahead:+z.1f} ({100 * one.ahead_low:+z.1f} to {100 * one.ahead_high:+z.1f})"
    mean = f"{fraction(one.mean)} {_interval(one)}"
    standing = "taken" if taken else _STANDING[one.standing]
    return (
        f"{one.number:>5}  {mean:<22}  {one.searched:>6.3f}  {'' if taken else points:<22}  "
        f"{one.n_seeds:>5}  {standing}"
    )


def _ending(confirmation: Confirmation) -> str:
    n_trained = max(one.n_seeds for one in confirmation.finalists)
    of_all = f"{n_trained} of {counted(confirmation.n_seeds, 'seed')}"
    why = {
        "one left": f"one finalist was left after {of_all}",
        "epochs": f"--epochs ended it after {of_all}",
        "seeds": f"it ended after {of_all}",
    }[confirmation.ended_by]
    return f"{counted(confirmation.n_epochs, 'epoch')} trained; {why}"


def _choice(confirmation: Confirmation) -> list[str]:
    """Returns which finalist is taken and why, and what the cheapest of its equals would save and cost."""
    by_number = {one.number: one for one in confirmation.finalists if one.standing == "unbeaten"}
    taken = next(one for number, one in by_number.items() if number == confirmation.winner)
    where = " on validation images" if confirmation.images == "estimate" else ""
    # It may be above the mean in the table, which all seeds and images make.
    by = "by seeds and images that did not choose it"
    worth = f"{fraction(confirmation.accuracy)} {_interval(confirmation)} {by}:"
    shows = shows_luck(taken.mean, confirmation.accuracy, fraction)
    alone, best = "the only one that is not beaten", f"the highest mean{where} of {len(by_number)} not beaten"
    lines = [
        f"trial {taken.number} is taken: {f'{alone}{where}' if len(by_number) == 1 else best}",
        f"  {worth}",
        "  without the luck of being chosen for it" if shows else "  no luck of being chosen for it shows",
    ]
    cheap = next(one for number, one in by_number.items() if number == confirmation.cheapest)
    if cheap.work < taken.work:
        lines += [
            f"trial {cheap.number} is the cheapest that validation images do not tell apart from it:",
            f"  {100 * cheap.work / taken.work:.0f} % of its work ({confirmation.work_unit})",
        ]
    return lines


def _interval(one: Finalist | Confirmation) -> str:
    return f"({fractions(one.low, one.high)})"


def _bias(confirmation: Confirmation, aside: bool) -> str:
    """Returns what the images that judge have to do with the choice of the finalists."""
    if aside:
        return "the images set aside chose nothing"
    these = "it" if len(confirmation.finalists) == 1 else "the finalists"
    chose = f"the validation images chose {these} in the search:"
    if confirmation.search_luck is None:
        return f"{chose}\n  this may still be a little too high; data.num_estimate sets others aside"
    if confirmation.search_luck < 0.0005:
        return f"{chose}\n  fresh seeds have nothing of that luck again"
    luck = f"{100 * confirmation.search_luck:.1f} points"
    return f"{chose}\n  {luck} of luck are taken off the {fraction(confirmation.accuracy)}, not off the means"
