"""`hpsearch import-optuna`: a page of any study of Optuna's."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, out_option
from hpsearch.disk.folder import StudyFolder


@click.command(
    "import-optuna",
    epilog=examples(
        "import-optuna sqlite:///optuna.db --study my-study",
        "import-optuna postgresql://me@localhost/optuna --open",
        "import-optuna journal.log --out pages",
    ),
)
@click.argument("address")
@click.option("--study", metavar="NAME", help="Which one, where there are several.")
@out_option
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
def command(address: str, study: str | None, out: Path, show: bool) -> None:
    """A page of any Optuna study, ours or not.

    ADDRESS is that of its storage: sqlite:///FILE, postgresql://USER@HOST/NAME or a journal file. Nothing is
    written there. The study may have one objective, to be high or low, and trials of any kind.
    """
    from hpsearch.exchange.imported_page import write_imported
    from hpsearch.exchange.optuna_import import folder_name, read_optuna

    imported = read_optuna(address, study)
    folder = StudyFolder(out / folder_name(imported.name))
    sentences = write_imported(imported, folder)
    say("\n".join([*sentences, f"report  {folder.page}"]), [folder.page])
    if show:
        click.launch(str(folder.page.absolute()))
