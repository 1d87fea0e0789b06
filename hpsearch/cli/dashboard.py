"""`hpsearch dashboard`: optuna-dashboard on a study's record, which it can read and not write."""

from __future__ import annotations

from pathlib import Path

import click
from optuna.storages import JournalStorage

from hpsearch.cli.options import examples, out_option, study_option
from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.disk.journal import RenamedJournal, read_records
from hpsearch.errors import CallError, HpsearchError


@click.command("dashboard", epilog=examples("dashboard --study convnet --port 8081"))
@study_option
@out_option
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
def command(study: str, out: Path, port: int) -> None:
    """Show the record in optuna-dashboard, until Ctrl-C.

    Only this machine can see it.
    """
    folder = find_folder(out, study)
    click.echo(f"{study} at http://127.0.0.1:{port}; Ctrl-C ends")
    serve(folder, port)


def serve(folder: StudyFolder, port: int) -> None:
    """Shows the study at http://127.0.0.1:PORT until it is interrupted; running searches are followed.

    Raises:
        CallError: optuna-dashboard is not installed.
        FolderError: the record is damaged.
        HpsearchError: the port cannot be used.
    """
    try:
        from optuna_dashboard import run_server
    except ImportError as error:
        raise CallError("dashboard needs optuna-dashboard: pip install 'hpsearch[dashboard]'") from error
    read_records(folder.journal)
    storage = JournalStorage(RenamedJournal(folder.journal, folder.name))
    try:
        run_server(storage, host="127.0.0.1", port=port)
    except OSError as error:
        raise HpsearchError(f"--port {port}: {error.strerror or error}") from error
