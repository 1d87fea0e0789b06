"""Where a study can be exported to: `--to` of `hpsearch export`.

export(folder, to, name)    writes it, and returns how many trials, and what opens them there
"""

from __future__ import annotations

from pathlib import Path

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError
from hpsearch.exchange import mlflow_export, optuna_export, tensorboard_export
from hpsearch.exchange.storages import shown
from hpsearch.shell import quoted
from hpsearch.words import is_text


def export(folder: StudyFolder, to: str, name: str) -> tuple[int, str]:
    """Writes a study's record for another tool.

    Args:
        folder: the study's folder.
        to: mlflow:PLACE, tensorboard:FOLDER, or the address of one of Optuna's storages.
        name: what the study is called there.

    Raises:
        CallError: the destination is none, needs a package, or has such a study.
        HpsearchError: it cannot be written.
    """
    if not is_text(name):
        raise CallError(f"--name {name}: expected UTF-8 text")
    kind, _, place = to.partition(":")
    if kind == "mlflow":
        n_trials = mlflow_export.export(folder, place, name)
        address = place if "://" in place else f"sqlite:///{Path(place) / 'mlflow.db'}"
        return n_trials, f"mlflow ui --backend-store-uri {quoted(address)}"
    if kind == "tensorboard":
        return tensorboard_export.export(folder, Path(place), name), f"tensorboard --logdir {quoted(place)}"
    return optuna_export.export(folder, to, name), f"optuna-dashboard {quoted(shown(to))}"
