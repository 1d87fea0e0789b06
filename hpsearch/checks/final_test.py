"""The final evaluation: the only module that opens the test split.

`evaluate` trains the parameters that confirm took, or else the search's best, on fresh seeds, scores each
net on the test split, and writes the look into the ledger before it returns the numbers: no score is seen
that the ledger lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from hpsearch.checks.fresh_seeds import FreshNet, correct, train_all
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.ledger import Look, append_look, read_looks
from hpsearch.errors import CallError, DataError
from hpsearch.results.stats import mean_accuracy_interval
from hpsearch.results.winner import find_chosen
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from hpsearch.worker.task import TrialTask
from nets import data as nets_data


def refuse_second_look(study: Study, folder: StudyFolder, split: str, again: str | None) -> None:
    """Raises CallError if the study has looked at this split before and gives no reason to look again."""
    own = [
        look
        for look in read_looks(folder.ledger)
        if look.split == split and (look.study == study.name or look.identity == study.identity())
    ]
    if own and not again:
        raise CallError(
            f"{study.name} has looked at this test split before ({own[-1].time}: mean accuracy "
            f'{own[-1].accuracy:.4f}); a second look needs --again "reason", which the ledger keeps'
        )


def evaluate(study: Study, folder: StudyFolder, *, n_seeds: int, jobs: int, again: str | None) -> Look:
    """Trains the chosen parameters on fresh seeds and scores them on the test split.

    Raises:
        NothingYetError: no trial is complete.
        CallError: the study has looked before and `again` gives no reason.
        HpsearchError: a fresh training failed or diverged.
        FolderError: the ledger cannot be written; no score was shown.
    """
    prepared = prepare_data(study)
    refuse_second_look(study, folder, prepared.test_hash, again)
    chosen = find_chosen(folder)
    place = data_place(study, prepared)
    trained = [tasks.fresh_task(study, place, chosen.record, Purpose.TEST, i) for i in range(n_seeds)]
    right = _score_on_test(trained, train_all(trained, jobs), prepared)
    mean, low, high = mean_accuracy_interval(right)
    look = Look(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        study=study.name,
        identity=study.identity(),
        split=prepared.test_hash,
        trial=chosen.record.number,
        params=chosen.record.params,
        n_seeds=n_seeds,
        accuracy=mean,
        low=low,
        high=high,
        accuracies=[float(accuracy) for accuracy in right.mean(axis=1)],
        n_test=right.shape[1],
        reason=again or "",
    )
    append_look(folder.ledger, look)
    return look


def _score_on_test(
    trained: Sequence[TrialTask], nets: Sequence[FreshNet], prepared: nets_data.Prepared
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Opens the test split, here alone; returns which images each net gets right, (n_seeds, n_test)."""
    try:
        x, y = nets_data.open_test(prepared.test)
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"the test split cannot be opened: {error}") from error
    return correct(trained, nets, x, y)
