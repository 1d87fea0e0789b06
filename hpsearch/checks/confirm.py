"""The finalists on fresh seeds: which winner is real?

The best of many trials owes part of its accuracy to luck. `confirm` trains the best few again on
the same fresh seeds, each to its end, and compares their mean validation accuracies.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpsearch.checks import fresh_seeds
from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.records import TrialRecord, ranking
from hpsearch.results.stats import mean_accuracy_interval
from hpsearch.results.winner import find_winner
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from nets import data as nets_data


def confirm(study: Study, folder: StudyFolder, *, top: int, n_seeds: int, jobs: int) -> pd.DataFrame:
    """Trains the best `top` trials on fresh seeds, writes confirm.json and returns a row a finalist.

    Columns: number; searched (its value in the search); mean, low, high (mean validation accuracy on
    fresh seeds and its 95 % interval); luck (searched - mean); best (whether its mean is the highest).

    Raises:
        NothingYetError: no trial is complete.
        HpsearchError: a training failed or diverged.
    """
    find_winner(folder)
    finalists = ranking(read_records(folder.journal))[:top]
    prepared = prepare_data(study)
    place = data_place(study, prepared)
    jobs_to_do = [
        tasks.fresh_task(study, place, record, Purpose.CONFIRM, i)
        for record in finalists
        for i in range(n_seeds)
    ]
    states = fresh_seeds.train_all(jobs_to_do, jobs)
    data = nets_data.open_train_val(prepared.train_val, study.preprocessing)
    right = fresh_seeds.correct(jobs_to_do, states, data.X_val, data.y_val)
    rows = [_row(record, right[i * n_seeds : (i + 1) * n_seeds]) for i, record in enumerate(finalists)]
    table = pd.DataFrame(rows)
    table["best"] = table["mean"] == table["mean"].max()
    _write(folder.path / "confirm.json", n_seeds, rows)
    return table


def _row(record: TrialRecord, right: np.ndarray[Any, np.dtype[np.bool_]]) -> dict[str, Any]:
    mean, low, high = mean_accuracy_interval(right)
    value = record.value or 0.0
    return {
        "number": record.number,
        "searched": value,
        "mean": mean,
        "low": low,
        "high": high,
        "luck": value - mean,
    }


def _write(path: Path, n_seeds: int, rows: Sequence[dict[str, Any]]) -> None:
    atomic.write_text(path, json.dumps({"n_seeds": n_seeds, "finalists": rows}, indent=1) + "\n")
