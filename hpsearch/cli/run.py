"""`hpsearch run`: search, with progress, Ctrl-C, and the report at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpsearch.cli.clitypes import Duration, Memory
from hpsearch.cli.options import begun_folder, jobs_option, out_option, set_option, study_file_option
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError

if TYPE_CHECKING:
    from hpsearch.search.executors import Slots
    from hpsearch.study.studyfile import Study


@click.command("run")
@study_file_option
@click.option("--trials", type=click.IntRange(1, 1_000_000), help="How many trials in all.")
@jobs_option
@click.option("--timeout", type=Duration(), help="Stop after this time: 90, 10m, 2h; resumable.")
@click.option("--trial-timeout", type=Duration(), help="A trial that takes longer fails.")
@click.option("--trial-memory", type=Memory(), help="A trial that needs more fails: 500M, 2G.")
@click.option("--executor", type=click.Choice(["loky", "dask"]), default="loky", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of a running Dask cluster, as tcp://HOST:PORT.")
@click.option("--data", metavar="SOURCE", help="Use another data source.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Use another seed.")
@set_option("training.epochs=5")
@click.option("--warm-start", metavar="STUDY", help="Begin with the best trials of another study.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many of them.")
@click.option("--retry-failed", is_flag=True, help="Train trials again that failed before.")
@click.option("--fresh", is_flag=True, help="Start over: removes what the study's folder holds.")
@click.option("--yes", is_flag=True, help="Do not ask before --fresh removes anything.")
@out_option
def command(
    study: str,
    trials: int | None,
    jobs: int | None,
    timeout: float | None,
    trial_timeout: float | None,
    trial_memory: int | None,
    executor: str,
    scheduler: str | None,
    data: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
    warm_start: str | None,
    top: int,
    retry_failed: bool,
    fresh: bool,
    yes: bool,
    out: Path,
) -> None:
    """Search; run the same command again to continue.

    When all trials are done, it says so.
    """
    from hpsearch.cli import running
    from hpsearch.search.order import Budget
    from hpsearch.study import studyfile

    short = {"data.source": data, "study.seed": seed}
    texts = [*overrides, *(f"{key}={value}" for key, value in short.items() if value is not None)]
    loaded = studyfile.load(studyfile.find(study), texts)
    folder = StudyFolder(out / loaded.name)
    fresh = fresh and (folder.exists() or folder.has_trials())
    if fresh:
        _ask_before_removing(folder, yes)
    if warm_start is not None:
        if folder.exists() and not fresh:
            loaded = running.as_begun(loaded, folder)
        else:
            loaded = running.warm_started(loaded, begun_folder(out, warm_start), top)
    budget = Budget(trials or loaded.trials, timeout, trial_timeout, trial_memory)
    slots = _slots(executor, scheduler, jobs)
    if fresh:
        _remove(folder, loaded)
    sys.exit(running.run_with_progress(loaded, folder, budget, slots, retry_failed=retry_failed))


def _slots(executor: str, scheduler: str | None, jobs: int | None) -> Slots:
    """Returns the places where trials run."""
    from hpsearch.search import clusters, executors

    if executor == "loky":
        if scheduler is not None:
            raise CallError(f"--scheduler {scheduler} goes with --executor dask")
        return executors.LokySlots(jobs or executors.physical_cores())
    if scheduler is None or jobs is not None:
        raise CallError("--executor dask takes its workers from --scheduler tcp://HOST:PORT, not from --jobs")
    return clusters.DaskSlots(scheduler)


def _ask_before_removing(folder: StudyFolder, yes: bool) -> None:
    if not yes:
        if not sys.stdin.isatty():
            raise CallError(f"--fresh would remove {folder.path}; expected --yes, since nobody can be asked")
        click.confirm(f"Remove the trials and the report in {folder.path}?", abort=True)


def _remove(folder: StudyFolder, study: Study) -> None:
    """Removes a study, unless the one that would take its place cannot run."""
    from hpsearch.search.session import prepare_data

    prepare_data(study)
    with folder.locked():
        folder.remove_study()
