"""`hpsearch answer`: the question of a study, answered on fresh seeds."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.checks import answer
from hpsearch.cli.closing import draw_again
from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, jobs_option, out_option, study_option, threads_option
from hpsearch.cli.processors import used_processors
from hpsearch.disk.folder import find_folder
from hpsearch.results.frames import read_study
from hpsearch.search.ranges import FRESH_SEEDS
from hpsearch.study.studyfile import load_resolved


@click.command("answer", epilog=examples("answer --study normalization --seeds 10"))
@study_option
@out_option
@jobs_option
@threads_option
@click.option(
    "--seeds",
    type=click.IntRange(*FRESH_SEEDS),
    default=answer.N_SEEDS,
    show_default=True,
    help="Fresh seeds.",
)
def command(study: str, out: Path, jobs: int | None, threads: int, seeds: int) -> None:
    """Answer the question of a study on fresh seeds.

    The best setting of each value in question is trained on the same fresh seeds; 'hpsearch run' does it at
    the end of the search.
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked(), used_processors(jobs, threads) as n_jobs:
        answer.answer(resolved, folder, n_seeds=seeds, jobs=n_jobs)
        frames = read_study(folder.path)
        assert frames.answered is not None, "it was just answered"
        say("\n".join(frames.answered.sentences))
        draw_again(folder)
