"""`hpsearch export`: the record of a study for the tools of others."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.words import counted


@click.command(
    "export",
    epilog=examples(
        "export --study convnet --to sqlite:///convnet.db",
        "export --study convnet --to convnet.log --name convnet-2",
        "export --study convnet --to tensorboard:runs",
        "export --study convnet --to mlflow:tracking",
    ),
)
@study_option
@out_option
@click.option("--to", required=True, metavar="PLACE", help="Where to; see above.")
@click.option("--name", help="What the study is called there.  [default: its own name]")
def command(study: str, out: Path, to: str, name: str | None) -> None:
    """The record as a study of Optuna, MLflow or TensorBoard.

    \b
    PLACE is one of
      sqlite:///FILE, postgresql://USER@HOST/NAME    a database of Optuna
      FILE                                           a journal file of Optuna
      mlflow:FOLDER, mlflow:http://HOST:PORT         an experiment of MLflow
      tensorboard:FOLDER                             event files of TensorBoard

    A study that is there already is never changed. `hpsearch trials` writes CSV, JSON and Parquet.
    """
    from hpsearch.exchange.destinations import export

    folder = find_folder(out, study)
    called = name or folder.name
    n_trials, opened_by = export(folder, to, called)
    say(f"{counted(n_trials, 'trial')} exported as {called}\nlook    {opened_by}")
