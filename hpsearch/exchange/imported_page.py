"""The page of a study of Optuna's, in the look of ours and without a word on accuracies, images or epochs.

write_imported(imported, folder)    index.html, trials.csv, reports.csv and figures/ in a folder
"""

import json
import pprint
from collections.abc import Sequence
from functools import partial

import pandas as pd

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.forms import checked, read_left
from hpsearch.errors import CallError
from hpsearch.exchange.imported_exhibits import sections
from hpsearch.exchange.imported_values import importances_of
from hpsearch.exchange.imported_words import state_counts, told
from hpsearch.exchange.optuna_import import Imported
from hpsearch.report.page import Shown, best_for_print, rendered, theme_variables
from hpsearch.report.painters import Painters
from hpsearch.report.style import STATES
from hpsearch.report.write import draw
from hpsearch.results.tables import headings
from hpsearch.shell import quoted
from hpsearch.words import as_python

N_SHOWN = 1000
"""A page of more rows would be slow to open; trials.csv has all."""


def write_imported(imported: Imported, folder: StudyFolder) -> list[str]:
    """Writes page, tables and figures into a folder, which it makes, and returns what was found in sentences.

    Raises:
        CallError: the folder holds something else than a page of this study.
        FolderError: a file cannot be written.
    """
    _require_own(imported, folder)
    atomic.make_folder(folder.path)
    found = importances_of(imported)
    shown = draw(sections(imported, found), folder.figures, found, Painters(0))
    atomic.write_text(folder.trials_csv, imported.trials.to_csv(index=False))
    if len(imported.reports):
        atomic.write_text(folder.reports_csv, imported.reports.to_csv(index=False))
    sentences = told(imported, found)
    atomic.write_text(folder.page, _render(imported, sentences, shown, folder))
    source = {"study": imported.name, "address": imported.address}
    atomic.write_text(folder.imported_file, json.dumps(source, indent=1) + "\n")
    return sentences


def _require_own(imported: Imported, folder: StudyFolder) -> None:
    if folder.exists():
        raise CallError(f"{folder.path}: holds a study of hpsearch; expected another --out")
    there = read_left(
        folder.imported_file, partial(checked, form={"study": str, "address": str}), "import-optuna"
    )
    if there is not None and there != {"study": imported.name, "address": imported.address}:
        raise CallError(
            f"{folder.path}: holds the page of {there['study']!r} in {there['address']};"
            " expected another --out"
        )


def _render(imported: Imported, sentences: Sequence[str], shown: Shown, folder: StudyFolder) -> str:
    table = _table(imported)
    last = imported.trials["finished"].max()
    contents = [("found", "What was found"), *((part.name, part.title) for part in shown.sections)]
    return rendered(
        "imported.html",
        title=imported.name,
        imported=imported,
        until="" if pd.isna(last) else f"{last:%Y-%m-%d %H:%M}",
        told=sentences,
        states=state_counts(imported.trials),
        coloured=STATES,
        python=_best_params(imported),
        sections=shown.sections,
        inlined=shown.inlined,
        table=_headed(table.head(N_SHOWN)),
        printed=best_for_print(table.loc[imported.ranked.index]),
        rows=len(table),
        has_reports=len(imported.reports) > 0,
        renew=_renew(imported, folder),
        attributes=pprint.pformat(dict(imported.attributes)) if imported.attributes else "",
        contents=[*contents, ("trials", "Trials"), ("renew", "Where it is from")],
        **theme_variables(),
    )


def _best_params(imported: Imported) -> str:
    if imported.best is None:
        return ""
    return as_python(imported.best_params)


def _renew(imported: Imported, folder: StudyFolder) -> str:
    """Returns the call that reads the study again."""
    call = ["hpsearch", "import-optuna", imported.address, "--study", imported.name]
    if str(folder.path.parent) != "reports":
        call += ["--out", str(folder.path.parent)]
    return " ".join(map(quoted, call))


def _table(imported: Imported) -> pd.DataFrame:
    """Returns the trials for people, those that can be the best first."""
    ranked = imported.ranked
    table = pd.concat([ranked, imported.trials.drop(index=ranked.index)])
    table = table.drop(columns=["started", "finished"])
    unused = [] if imported.is_constrained else ["feasible"]
    unused += [] if len(imported.reports) else ["reports", "last_report"]
    table = table.drop(columns=unused).astype(object)
    return table.where(table.notna(), None)


def _headed(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table with its columns named for people."""
    names = {"last_report": "last report", **dict(zip(table.columns, headings(table.columns), strict=True))}
    return table.rename(columns=names)
