"""`hpsearch confirm`: the finalists on fresh seeds."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.checks import confirm
from hpsearch.cli.options import jobs_option, out_option, seeds_option, study_option
from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.folder import find_folder
from hpsearch.search.executors import physical_cores
from hpsearch.study.studyfile import load_resolved


@click.command("confirm")
@study_option
@out_option
@jobs_option
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many finalists.")
@seeds_option
def command(study: str, out: Path, jobs: int | None, top: int, seeds: int) -> None:
    """Train the best trials on fresh seeds: which winner is real?"""
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked():
        found = confirm.confirm(resolved, folder, top=top, n_seeds=seeds, jobs=jobs or physical_cores())
    click.echo(as_text(found))


def as_text(confirmation: Confirmation) -> str:
    """Returns what was found, a line a finalist."""
    lines = [f"mean validation accuracy on {confirmation.n_seeds} fresh seeds, with its 95 % interval"]
    for one in confirmation.finalists:
        mark = "  <- best" if one.mean == confirmation.best_mean else ""
        lines.append(
            f"  trial {one.number:>4}   {one.mean:.4f}   {one.low:.4f} to {one.high:.4f}   "
            f"in the search {one.searched:.4f}, of which luck {one.luck:+.4f}{mark}"
        )
    return "\n".join(lines)
