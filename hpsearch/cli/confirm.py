"""`hpsearch confirm`: the finalists on fresh seeds."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.checks import confirm
from hpsearch.cli.options import jobs_option, out_option, seeds_option, study_option
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.folder import find_folder
from hpsearch.search.executors import physical_cores
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted

_STANDING = {"unbeaten": "not beaten", "beaten": "beaten"}


@click.command("confirm")
@study_option
@out_option
@jobs_option
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many finalists.")
@seeds_option
@click.option("--epochs", type=click.IntRange(1), help="Begin no round that might exceed these in all.")
def command(study: str, out: Path, jobs: int | None, top: int, seeds: int, epochs: int | None) -> None:
    """Let the best trials race on fresh seeds: which winner is real?

    Seeds are added to those that are not beaten. The cheapest of them is taken, and `test` tests it.
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked():
        found = confirm.confirm(
            resolved, folder, top=top, n_seeds=seeds, jobs=jobs or physical_cores(), max_epochs=epochs
        )
    click.echo(as_text(found))


def as_text(confirmation: Confirmation) -> str:
    """Returns what was found: a line a finalist, which is taken and why, and on which images."""
    images = "images set aside" if confirmation.images == "estimate" else "validation images"
    lines = [f"mean accuracy on {confirmation.n_images} {images} over fresh seeds, with its 95 % interval"]
    lines += [_line(one, one.number == confirmation.winner) for one in confirmation.finalists]
    lines.append(_ending(confirmation))
    if len(confirmation.finalists) > 1:
        lines.append(_choice(confirmation))
    lines.append(
        "the images chose nothing"
        if confirmation.images == "estimate"
        else "these images chose the finalists, so that the means may still be a little too high; "
        "data.num_estimate sets others aside"
    )
    return "\n".join(lines)


def _line(one: Finalist, taken: bool) -> str:
    if one.standing == "diverged":
        return f"  trial {one.number:>4}   diverged in the first epoch on fresh seed {one.diverged_on}: out"
    mark = "taken" if taken else _STANDING[one.standing]
    return (
        f"  trial {one.number:>4}   {one.mean:.4f}   {one.low:.4f} to {one.high:.4f}   "
        f"{counted(one.n_seeds, 'seed')}   in the search {one.searched:.4f} ({one.luck:+.4f})   {mark}"
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


def _choice(confirmation: Confirmation) -> str:
    """Returns which finalist is taken and why, beside the one with the highest mean."""
    unbeaten = [one for one in confirmation.finalists if one.standing == "unbeaten"]
    taken = next(one for one in unbeaten if one.number == confirmation.winner)
    if len(unbeaten) == 1:
        return f"trial {taken.number} is taken: the only one that is not beaten"
    first = max(unbeaten, key=lambda one: one.mean)
    text = (
        f"trial {taken.number} is taken: the cheapest (weights times training images) of {len(unbeaten)} "
        f"that these seeds cannot tell apart"
    )
    if first.mean == taken.mean:
        return text
    more = f"{100 * (first.mean - taken.mean):.2f} points"
    return f"{text}; trial {first.number} has {more} more" + (
        f" for {first.work / taken.work:.1f} times the work" if first.work > taken.work else ""
    )
