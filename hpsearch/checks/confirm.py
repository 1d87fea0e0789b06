"""The finalists on fresh seeds: which winner is real?

The best of many trials owes part of its accuracy to luck. `confirm` trains the best few again on
the same fresh seeds, each to its end, and compares their mean validation accuracies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpsearch.checks import fresh_seeds
from hpsearch.disk.confirmation import Confirmation, Finalist
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


def confirm(study: Study, folder: StudyFolder, *, top: int, n_seeds: int, jobs: int) -> Confirmation:
    """Trains the best `top` trials on fresh seeds, writes confirm.json and returns what it holds.

    Raises:
        NothingYetError: no trial is complete.
        HpsearchError: a training failed or diverged.
    """
    find_winner(folder)
    best_few = ranking(read_records(folder.journal))[:top]
    prepared = prepare_data(study)
    place = data_place(study, prepared)
    jobs_to_do = [
        tasks.fresh_task(study, place, record, Purpose.CONFIRM, i)
        for record in best_few
        for i in range(n_seeds)
    ]
    states = fresh_seeds.train_all(jobs_to_do, jobs)
    data = nets_data.open_train_val(prepared.train_val, study.preprocessing)
    right = fresh_seeds.correct(jobs_to_do, states, data.X_val, data.y_val)
    of_each = right.reshape(len(best_few), n_seeds, -1)
    confirmation = Confirmation(n_seeds, tuple(map(_finalist, best_few, of_each)))
    confirmation.write(folder.confirmation_file)
    return confirmation


def _finalist(record: TrialRecord, right: NDArray[np.bool_]) -> Finalist:
    mean, low, high = mean_accuracy_interval(right)
    value = record.value or 0.0
    return Finalist(record.number, value, mean, low, high, luck=value - mean)
