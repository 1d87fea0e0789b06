"""Study folder -> pandas: the record as frames, for tables, reports and notebooks.

`read_study` reads the journal beside a running search without disturbing it. It never unpickles and
never imports a user's own net.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpsearch.disk import lines
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import FolderError
from hpsearch.records import TrialRecord, digest, ranking
from hpsearch.space import Parameter
from hpsearch.study.studyfile import Study, load_resolved

TRIAL_COLUMNS = ("number", "state", "value", "epochs", "seconds")
LEDGER_COLUMNS = (
    "time",
    "study",
    "identity",
    "split",
    "trial",
    "params",
    "n_seeds",
    "accuracy",
    "low",
    "high",
    "accuracies",
    "n_test",
    "reason",
)
FINALIST_COLUMNS = ("number", "searched", "mean", "low", "high", "luck")


@dataclass(frozen=True)
class StudyFrames:
    """A study as frames; the columns are described in `trials_frame` and `curves_frame`.

    Attributes:
        name: the study's name.
        folder: its folder.
        study: its settings.
        trials: one row a recorded trial.
        curves: one row an epoch of a recorded trial.
        waiting: finished trials that wait for an earlier one.
        running: asked trials that are not finished.
        num_train, num_val: images of the splits.
        image_shape: (C, H, W), or (D,).
        class_names: one name a class.
        weights: file with the net of the best trial, or None.
        ledger: looks at the study's test split, one row each.
        test: this study's last look, or None.
        digest: hash of the canonical dump of the trials.
        confirmation: finalists on fresh seeds, with the columns of `confirm` and n_seeds; None if not done.
    """

    name: str
    folder: Path
    study: Study
    trials: pd.DataFrame
    curves: pd.DataFrame
    waiting: int
    running: int
    num_train: int
    num_val: int
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    weights: Path | None
    ledger: pd.DataFrame
    test: dict[str, Any] | None
    digest: str
    confirmation: pd.DataFrame | None = None

    @property
    def title(self) -> str:
        """The study's title for people; its name if it has none."""
        return self.study.title or self.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The searched parameters."""
        return self.study.space

    @property
    def max_epochs(self) -> int:
        """The number of epochs that no trial exceeds."""
        return self.study.max_epochs


def read_study(path: Path) -> StudyFrames:
    """Reads a study folder.

    Raises:
        CallError: there is no study.
        FolderError: it is damaged.
    """
    folder = StudyFolder(path)
    folder.require()
    study = load_resolved(folder.study_file, folder.name)
    records = read_records(folder.journal)
    waiting, running = _open_trials(folder, len(records))
    identity = folder.read_identity() or {}
    data = identity.get("data", {})
    best = next(iter(ranking(records)), None)
    weights = None if best is None else folder.trial(best.number).weights
    ledger = read_ledger(folder.ledger)
    looks = ledger[ledger["split"] == data.get("test_hash")].reset_index(drop=True)
    own = looks[looks["study"] == folder.name]
    return StudyFrames(
        name=folder.name,
        folder=path,
        study=study,
        trials=trials_frame(records, study.space),
        curves=curves_frame(records),
        waiting=waiting,
        running=running,
        num_train=data.get("num_train", 0),
        num_val=data.get("num_val", 0),
        image_shape=tuple(data.get("image_shape", ())),
        class_names=tuple(data.get("class_names", ())),
        weights=weights if weights is not None and weights.exists() else None,
        ledger=looks,
        test=None if own.empty else {str(key): value for key, value in own.iloc[-1].items()},
        digest=digest(records),
        confirmation=read_confirmation(path),
    )


def trials_frame(records: list[TrialRecord], space: tuple[Parameter, ...]) -> pd.DataFrame:
    """Returns one row a trial, in number order.

    Columns: number; state; value (validation accuracy of the best epoch, NaN if none); epochs;
    seconds (wall time of training); best_epoch; train_accuracy and loss at the best epoch; examples;
    cpu_seconds; reason; worker; started and finished (UTC); and params.NAME for each parameter
    (NaN or None where a condition left it out).
    """
    rows = [_trial_row(record, space) for record in records]
    columns = [*_trial_row_names(), *(f"params.{parameter.name}" for parameter in space)]
    frame = pd.DataFrame(rows, columns=pd.Index(columns))
    kinds = {"number": "int64", "epochs": "int64", "examples": "int64"}
    kinds |= dict.fromkeys(("value", "seconds", "best_epoch", "train_accuracy", "loss"), "float64")
    frame = frame.astype({**kinds, "cpu_seconds": "float64"})
    for name in ("started", "finished"):
        frame[name] = pd.to_datetime(frame[name].astype("float64"), unit="s", utc=True).dt.as_unit("us")
    return frame


def curves_frame(records: list[TrialRecord]) -> pd.DataFrame:
    """Returns one row an epoch: number, epoch (from 1), val_accuracy, train_accuracy, loss."""
    rows = [
        (record.number, i, epoch.val_accuracy, epoch.train_accuracy, epoch.loss)
        for record in records
        for i, epoch in enumerate(record.outcome.curve, start=1)
    ]
    columns = pd.Index(["number", "epoch", "val_accuracy", "train_accuracy", "loss"])
    kinds = {"number": "int64", "epoch": "int64"} | dict.fromkeys(columns[2:], "float64")
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def read_confirmation(path: Path) -> pd.DataFrame | None:
    """Returns what `hpsearch confirm` wrote into a study folder; None if it was not run.

    Raises:
        FolderError: its file is damaged.
    """
    file = path / "confirm.json"
    try:
        found = json.loads(file.read_bytes())
        rows = [{name: float(row[name]) for name in FINALIST_COLUMNS} for row in found["finalists"]]
        if not np.isfinite([list(row.values()) for row in rows]).all():
            raise ValueError("not finite")
        return pd.DataFrame(rows).astype({"number": "int64"}).assign(n_seeds=int(found["n_seeds"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(f"{file}: damaged; expected what 'hpsearch confirm' writes") from error


def read_ledger(path: Path) -> pd.DataFrame:
    """Returns the looks at test splits, one row each; a torn last line does not count.

    Raises:
        FolderError: the ledger is damaged.
    """
    return pd.DataFrame([*lines.read_json(path), *lines.unended(path)], columns=pd.Index(LEDGER_COLUMNS))


def _trial_row_names() -> list[str]:
    names = ["number", "state", "value", "epochs", "seconds", "best_epoch", "train_accuracy", "loss"]
    return [*names, "examples", "cpu_seconds", "reason", "worker", "started", "finished"]


def _trial_row(record: TrialRecord, space: tuple[Parameter, ...]) -> list[Any]:
    outcome = record.outcome
    best = outcome.best_epoch
    epoch = None if best is None else outcome.curve[best - 1]
    return [
        record.number,
        record.state,
        record.value,
        outcome.cost.epochs,
        outcome.cost.seconds,
        best,
        None if epoch is None else epoch.train_accuracy,
        None if epoch is None else epoch.loss,
        outcome.cost.examples,
        outcome.cost.cpu_seconds,
        outcome.reason,
        outcome.worker,
        outcome.started,
        outcome.finished,
        *(record.params.get(parameter.name) for parameter in space),
    ]


def _open_trials(folder: StudyFolder, n_recorded: int) -> tuple[int, int]:
    """Returns how many trials are finished but not recorded, and how many asked but not finished."""
    waiting = running = 0
    number = n_recorded
    while (proposal := folder.trial(number).read_task()) is not None:
        if folder.trial(number).read_outcome(proposal.params) is None:
            running += 1
        else:
            waiting += 1
        number += 1
    return waiting, running
