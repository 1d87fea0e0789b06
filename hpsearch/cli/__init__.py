"""The command line: parse, call, print. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpsearch.cli.clitypes import Duration, Memory
from hpsearch.cli.pipes import silence_stdout
from hpsearch.errors import CallError, HpsearchError

if TYPE_CHECKING:
    from hpsearch.disk.folder import StudyFolder
    from hpsearch.search.executors import Slots
    from hpsearch.study.studyfile import Study

INTERRUPTED = 130

study_option = click.option("--study", required=True, metavar="NAME", help="Name of the study.")
out_option = click.option(
    "--out",
    default="reports",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that study folders and the test ledger lie in.",
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 1024), help="Worker processes.  [default: physical cores]"
)


def main() -> None:
    """Runs the command line; errors become one line and an exit status."""
    sys.path.insert(0, os.getcwd())  # where a user's own net, `kind = "module:Class"`, is looked for
    try:
        status = cli.main(prog_name="hpsearch", standalone_mode=False)
        if sys.stdout is not None:  # closed by the caller
            sys.stdout.flush()
    except click.ClickException as error:
        status = _say(error.format_message(), 2)
    except HpsearchError as error:
        status = _say(str(error), error.exit_status)
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        silence_stdout()
        status = 0
    except OSError as error:
        status = _say(f"{error.filename or 'input/output'}: {error.strerror or error}", 1)
    except (KeyboardInterrupt, click.Abort):
        status = _say("interrupted", INTERRUPTED)
    sys.exit(status)


def _say(message: str, status: int) -> int:
    click.echo(f"hpsearch: {' '.join(message.split())}", err=True)
    return status


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hpsearch")
def cli() -> None:
    """Finds good hyperparameters for NumPy neural networks, and says honestly how good they are.

    \b
    hpsearch run --study convnet --trials 100     search
    open reports/convnet/index.html               look
    hpsearch test --study convnet                 one honest final number
    """


@cli.command()
@click.option("--study", required=True, metavar="NAME|FILE", help="A study file, or the name of one.")
@click.option("--trials", type=click.IntRange(1, 1_000_000), help="How many trials in all.")
@jobs_option
@click.option("--timeout", type=Duration(), help="Stop after this time: 90, 10m, 2h; resumable.")
@click.option("--trial-timeout", type=Duration(), help="A trial that takes longer fails.")
@click.option("--trial-memory", type=Memory(), help="A trial that needs more fails: 500M, 2G.")
@click.option("--executor", type=click.Choice(["loky", "dask"]), default="loky", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of a running Dask cluster, as tcp://HOST:PORT.")
@click.option("--data", metavar="SOURCE", help="Use another data source.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Use another seed.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="As in training.epochs=5.")
@click.option("--warm-start", metavar="STUDY", help="Begin with the best trials of another study.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many of them.")
@click.option("--retry-failed", is_flag=True, help="Train trials again that failed before.")
@click.option("--fresh", is_flag=True, help="Start over: removes what the study's folder holds.")
@click.option("--yes", is_flag=True, help="Do not ask before --fresh removes anything.")
@out_option
def run(
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
    """Search; the same command again goes on where it was, or says that all is done."""
    from hpsearch.cli import running
    from hpsearch.disk.folder import StudyFolder
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
            loaded = running.warm_started(loaded, _folder(out, warm_start), top)
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


@cli.command()
@click.option("--study", required=True, metavar="NAME|FILE", help="A study file, or the name of one.")
@click.option("--trials", type=click.IntRange(1, 1_000_000), help="How many trials in all.")
@jobs_option
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="As in training.epochs=5.")
def plan(study: str, trials: int | None, jobs: int | None, overrides: tuple[str, ...]) -> None:
    """Dry run: the space, and the time, memory and disk that a search would need."""
    from hpsearch.checks import plan
    from hpsearch.cli import printing
    from hpsearch.search import executors
    from hpsearch.search.order import Budget
    from hpsearch.study import studyfile

    loaded = studyfile.load(studyfile.find(study), overrides)
    budget = Budget(trials or loaded.trials)
    made = plan.make_plan(loaded, budget, jobs or executors.physical_cores())
    click.echo(printing.plan(loaded, made))


@cli.command()
@click.option("--study", required=True, metavar="NAME|FILE", help="A study file, or the name of one.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="As in net.reg=0.1.")
def gradcheck(study: str, overrides: tuple[str, ...]) -> None:
    """Compare the gradients of the study's net, also your own, with numeric ones."""
    from hpsearch.checks import gradients
    from hpsearch.cli import printing
    from hpsearch.study import studyfile

    errors = gradients.check(studyfile.load(studyfile.find(study), overrides))
    click.echo(printing.gradients(errors))
    sys.exit(1 if any(error.is_wrong for error in errors) else 0)


@cli.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def init(path: Path) -> None:
    """Write a commented study file to begin with."""
    from hpsearch.study import studyfile

    studyfile.write_example(path)
    click.echo(f"{path}: written; hpsearch run --study {path}")


@cli.command()
@study_option
@out_option
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(study: str, out: Path, style: str) -> None:
    """Where the study stands, and the digest of its record."""
    from hpsearch.cli import printing
    from hpsearch.results import frames

    click.echo(printing.status(frames.read_study(_folder(out, study).path), style))


@cli.command()
@study_option
@out_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
def trials(study: str, out: Path, style: str, output: Path | None) -> None:
    """All recorded trials, a line each."""
    from hpsearch.cli import printing
    from hpsearch.results import frames

    table = printing.trials(frames.read_study(_folder(out, study).path))
    if output is not None or style == "parquet":
        printing.write(table, style, output)
    else:
        click.echo(printing.render(table, style))


@cli.command()
@study_option
@out_option
@click.option(
    "--format", "style", type=click.Choice(["toml", "json", "python"]), default="toml", show_default=True
)
def best(study: str, out: Path, style: str) -> None:
    """The winner: the complete trial with the best validation accuracy."""
    from hpsearch.cli import printing
    from hpsearch.results import winner

    click.echo(printing.best(winner.find_winner(_folder(out, study)), style))


@cli.command()
@study_option
@out_option
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--format", "style", type=click.Choice(["html", "markdown"]), default="html", show_default=True)
def report(study: str, out: Path, show: bool, style: str) -> None:
    """Build the report again, or print it in short as Markdown."""
    from hpsearch.report import markdown_summary, write_report
    from hpsearch.results import frames

    folder = _folder(out, study)
    if style == "markdown":
        click.echo(markdown_summary(frames.read_study(folder.path)))
        return
    page = write_report(frames.read_study(folder.path))
    click.echo(page)
    if show:
        click.launch(str(page.absolute()))


@cli.command()
@study_option
@out_option
@jobs_option
@click.option("--seeds", type=click.IntRange(2, 1000), default=5, show_default=True, help="Fresh seeds.")
@click.option("--again", metavar="REASON", help="Why to look a second time; the ledger keeps it.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def test(study: str, out: Path, jobs: int | None, seeds: int, again: str | None, style: str) -> None:
    """The final evaluation on the test split: once, with its ledger."""
    from hpsearch.checks import final_test
    from hpsearch.cli import printing
    from hpsearch.report import write_report
    from hpsearch.results import frames
    from hpsearch.search import executors
    from hpsearch.study import studyfile

    folder = _folder(out, study)
    resolved = studyfile.load_resolved(folder.study_file, folder.name)
    with folder.locked():
        look = final_test.evaluate(
            resolved, folder, n_seeds=seeds, jobs=jobs or executors.physical_cores(), again=again
        )
        click.echo(printing.look(look, frames.read_study(folder.path), style))
        write_report(frames.read_study(folder.path))


@cli.command()
@click.argument("studies", nargs=-1, required=True, metavar="STUDY STUDY...")
@out_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The page to write.")
def compare(studies: tuple[str, ...], out: Path, output: Path | None) -> None:
    """Several studies side by side, at equal budget, with the noise."""
    from hpsearch.report import write_compare
    from hpsearch.results import frames

    if len(set(studies)) < 2:
        raise CallError(f"compare {' '.join(studies)}: expected at least two studies")
    folders = [_folder(out, study) for study in studies]
    page = output or out / f"compare-{'-'.join(folder.name for folder in folders)}.html"
    click.echo(write_compare([frames.read_study(folder.path) for folder in folders], page))


@cli.command()
@study_option
@out_option
@jobs_option
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many finalists.")
@click.option("--seeds", type=click.IntRange(2, 1000), default=5, show_default=True, help="Fresh seeds.")
def confirm(study: str, out: Path, jobs: int | None, top: int, seeds: int) -> None:
    """Train the best trials on fresh seeds: which winner is real?"""
    from hpsearch.checks import confirm
    from hpsearch.cli import printing
    from hpsearch.search import executors
    from hpsearch.study import studyfile

    folder = _folder(out, study)
    resolved = studyfile.load_resolved(folder.study_file, folder.name)
    with folder.locked():
        confirmation = confirm.confirm(
            resolved, folder, top=top, n_seeds=seeds, jobs=jobs or executors.physical_cores()
        )
    click.echo(printing.finalists(confirmation))


@cli.command()
@study_option
@out_option
@click.option("--trial", type=int, help="Which trial.  [default: the best]")
def replay(study: str, out: Path, trial: int | None) -> None:
    """Train a recorded trial again and compare it bit for bit."""
    from hpsearch.checks import replay
    from hpsearch.cli import printing
    from hpsearch.results import winner
    from hpsearch.study import studyfile

    folder = _folder(out, study)
    resolved = studyfile.load_resolved(folder.study_file, folder.name)
    number = winner.find_winner(folder).number if trial is None else trial
    replayed = replay.replay(resolved, folder, number)
    click.echo(printing.replayed(replayed))
    sys.exit(1 if replayed.differences else 0)


@cli.command("audit-pruning")
@study_option
@out_option
@jobs_option
@click.option("--trials", type=click.IntRange(1), default=10, show_default=True, help="How many of them.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def audit_pruning(study: str, out: Path, jobs: int | None, trials: int, style: str) -> None:
    """Train some pruned trials to their end: what pruning saved and what it cost."""
    from hpsearch.checks import audit
    from hpsearch.cli import printing
    from hpsearch.search import executors
    from hpsearch.study import studyfile

    folder = _folder(out, study)
    resolved = studyfile.load_resolved(folder.study_file, folder.name)
    audited = audit.audit_pruning(resolved, folder, n_trials=trials, jobs=jobs or executors.physical_cores())
    click.echo(printing.audited(audited, style))


@cli.command()
@study_option
@out_option
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
def dashboard(study: str, out: Path, port: int) -> None:
    """Show the record in optuna-dashboard, on this machine alone, until Ctrl-C."""
    from hpsearch.cli.dashboard import serve

    folder = _folder(out, study)
    click.echo(f"{study} at http://127.0.0.1:{port}; Ctrl-C ends")
    serve(folder, port)


@cli.group()
def data() -> None:
    """List, describe, fetch and import data sets."""


@data.command("list")
def data_list() -> None:
    """The sources that [data] of a study file may name, and where their files are."""
    from hpsearch.cli import datacmd

    rows = datacmd.list_sources()
    width = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{width}}  {row.summary} [{row.place}]")


@data.command("info")
@click.argument("source")
@click.option("--set", "texts", multiple=True, metavar="KEY=VALUE", help="As in num_val=500 or path=FILE.")
def data_info(source: str, texts: tuple[str, ...]) -> None:
    """Shapes, classes and splits of a source."""
    from hpsearch.cli import datacmd, printing
    from hpsearch.study import overrides

    table = overrides.parse(texts)
    click.echo(printing.description(datacmd.describe({"source": source, **table})))


@data.command("fetch")
@click.argument("source")
def data_fetch(source: str) -> None:
    """Download a published set, check it, and put it into the cache."""
    from hpsearch.cli import datacmd

    click.echo(datacmd.fetch(source))


@data.command("import")
@click.argument("source")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def data_import(source: str, path: Path) -> None:
    """Bring a published set that was downloaded by hand into the cache: a folder or an archive."""
    from hpsearch.cli import datacmd

    n_train, n_test = datacmd.import_files(source, path)
    click.echo(f"{source}: {n_train} training and {n_test} test images imported")


def _folder(out: Path, study: str) -> StudyFolder:
    """Returns the folder of a study that was begun."""
    from hpsearch.disk.folder import StudyFolder

    name = Path(study).stem if study.endswith(".toml") else study
    if "/" in name or name in {"", ".", ".."}:
        raise CallError(f"--study {study}: expected the name of a study, a folder in {out}")
    folder = StudyFolder(out / name)
    folder.require()
    return folder
