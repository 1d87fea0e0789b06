"""The final evaluation: the only module that opens the test split, and the ledger of its looks.

`evaluate` trains the best parameters on fresh seeds, scores each net on the test split, and writes
the look into the ledger before it returns the numbers: no score is seen that the ledger lacks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.checks.fresh_seeds import NetState, correct, train_all
from hpsearch.disk import lines
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError, DataError
from hpsearch.results.frames import read_ledger
from hpsearch.results.stats import mean_accuracy_interval
from hpsearch.results.winner import find_winner
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from hpsearch.worker.task import TrialTask
from nets import data as nets_data


@dataclass(frozen=True)
class Look:
    """One look at a test split, as the ledger keeps it.

    Attributes:
        time: UTC, ISO 8601.
        study, identity: which study looked, and the hash of its resolved file.
        split: hash of the test split.
        trial, params: the trial whose parameters were trained.
        n_seeds: how many fresh seeds they were trained on.
        accuracy: mean test accuracy over the seeds.
        low, high: its 95 % interval, with seeds and test images both drawn at random.
        accuracies: the test accuracy of each seed.
        n_test: images of the test split.
        reason: why the study looked again; "" for its first look.
    """

    time: str
    study: str
    identity: str
    split: str
    trial: int
    params: Mapping[str, Any]
    n_seeds: int
    accuracy: float
    low: float
    high: float
    accuracies: Sequence[float]
    n_test: int
    reason: str


def refuse_second_look(study: Study, folder: StudyFolder, split: str, again: str | None) -> None:
    """Raises CallError if the study has looked at this split before and gives no reason to look again."""
    ledger = read_ledger(folder.ledger)
    own = (ledger["study"] == study.name) | (ledger["identity"] == study.identity())
    looks = ledger[own & (ledger["split"] == split)]
    if looks.empty or again:
        return
    last = looks.iloc[-1]
    raise CallError(
        f"{study.name} has looked at this test split before ({last['time']}: mean accuracy "
        f'{last["accuracy"]:.4f}); a second look needs --again "reason", which the ledger keeps'
    )


def evaluate(study: Study, folder: StudyFolder, *, n_seeds: int, jobs: int, again: str | None) -> Look:
    """Trains the best parameters on fresh seeds and scores them on the test split.

    Raises:
        NothingYetError: no trial is complete.
        CallError: the study has looked before and `again` gives no reason.
        HpsearchError: a fresh training failed or diverged.
    """
    prepared = prepare_data(study)
    refuse_second_look(study, folder, prepared.test_hash, again)
    best = find_winner(folder)
    place = data_place(study, prepared)
    trained = [tasks.fresh_task(study, place, best, Purpose.TEST, i) for i in range(n_seeds)]
    right = _score_on_test(trained, train_all(trained, jobs), prepared)
    mean, low, high = mean_accuracy_interval(right)
    look = Look(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        study=study.name,
        identity=study.identity(),
        split=prepared.test_hash,
        trial=best.number,
        params=best.params,
        n_seeds=n_seeds,
        accuracy=mean,
        low=low,
        high=high,
        accuracies=[float(accuracy) for accuracy in right.mean(axis=1)],
        n_test=right.shape[1],
        reason=again or "",
    )
    _append_to_ledger(folder.ledger, look)
    return look


def _score_on_test(
    trained: Sequence[TrialTask], states: Sequence[NetState], prepared: nets_data.Prepared
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Opens the test split, here alone; returns which images each net gets right, (n_seeds, n_test)."""
    try:
        x, y = nets_data.open_test(prepared.test)
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"the test split cannot be opened: {error}") from error
    return correct(trained, states, x, y)


def _append_to_ledger(path: Path, look: Look) -> None:
    """Appends one line, on disk when this returns; what a killed writer left torn is mended first.

    Raises:
        FolderError: it cannot be written; no score was shown.
    """
    lines.mend(path)
    lines.append(path, [json.dumps(asdict(look))])
