"""Records, looks and finalists as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.ledger import Look
from hpsearch.records import Epoch, TrialRecord
from hpsearch.space import Parameter
from hpsearch.words import as_text

TRIAL_COLUMNS = ("number", "state", "value", "epochs", "seconds")
LEDGER_COLUMNS = tuple(field.name for field in fields(Look))


def trials_frame(records: list[TrialRecord], space: tuple[Parameter, ...]) -> pd.DataFrame:
    """Returns one row a trial, in number order.

    Columns: number; state; value (validation accuracy of the best epoch, NaN if none); epochs;
    seconds (wall time of training); best_epoch; train_accuracy and loss at the best epoch; examples;
    cpu_seconds; reason; environment (its fingerprint); worker; started and finished (UTC); and params.NAME
    for each parameter (NaN or None where a condition left it out).
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


def headings(names: Iterable[str]) -> list[str]:
    """Returns how columns are shown: without `params.`, but for those that another one is called.

    >>> headings(["number", "epochs", "params.epochs", "params.reg"])
    ['number', 'epochs', 'params.epochs', 'reg']
    """
    names = list(names)
    return [name if (short := name.removeprefix("params.")) in names else short for name in names]


def with_whole_numbers(trials: pd.DataFrame, space: Iterable[Parameter]) -> pd.DataFrame:
    """Returns the same trials, whose whole numbers are integers also where some are absent, for files.

    pandas has no integer for what is absent and makes the whole column floats: a width of 64 would be 64.0
    as soon as one trial has no such layer.
    """
    whole = {"best_epoch", *(f"params.{one.name}" for one in space if _is_whole(one))}
    floats = trials.select_dtypes("float64").columns
    return trials.astype({name: "Int64" for name in floats if name in whole})


def _is_whole(parameter: Parameter) -> bool:
    if parameter.kind == "choice":
        return all(type(choice) is int for choice in parameter.choices)
    return parameter.kind == "int"


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


def ledger_frame(looks: Iterable[Look]) -> pd.DataFrame:
    """Returns one row a look, with the fields of `Look` as columns."""
    return pd.DataFrame([asdict(look) for look in looks], columns=pd.Index(LEDGER_COLUMNS))


def finalists_frame(confirmation: Confirmation) -> pd.DataFrame:
    """Returns one row a finalist: the fields of `Finalist`, and what the race says of all of them.

    The columns of the race: taken (is it the winner?), images, n_images; and accuracy, accuracy_low,
    accuracy_high, what the choice of the winner is worth.
    """
    frame = pd.DataFrame([asdict(finalist) for finalist in confirmation.finalists])
    return frame.assign(
        taken=frame["number"] == (-1 if confirmation.winner is None else confirmation.winner),
        images=confirmation.images,
        n_images=confirmation.n_images,
        accuracy=confirmation.accuracy,
        accuracy_low=confirmation.low,
        accuracy_high=confirmation.high,
    )


def _trial_row_names() -> list[str]:
    names = ["number", "state", "value", "epochs", "seconds", "best_epoch", "train_accuracy", "loss"]
    return [*names, "examples", "cpu_seconds", "reason", "environment", "worker", "started", "finished"]


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
        as_text(outcome.reason),  # older records hold what pandas refuses
        outcome.environment,
        outcome.worker,
        outcome.started,
        outcome.finished,
        *(record.params.get(parameter.name) for parameter in space),
    ]


def running_curves_frame(curves: Mapping[int, Sequence[Epoch]]) -> pd.DataFrame:
    """Returns one row an epoch of unfinished trials: number, epoch (from 1), val_accuracy."""
    rows = [
        (number, i, epoch.val_accuracy)
        for number, curve in curves.items()
        for i, epoch in enumerate(curve, start=1)
    ]
    kinds = {"number": "int64", "epoch": "int64", "val_accuracy": "float64"}
    return pd.DataFrame(rows, columns=pd.Index(list(kinds))).astype(kinds)
