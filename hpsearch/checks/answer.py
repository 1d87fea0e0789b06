"""The question of a study, answered: the best setting of each value on the same fresh seeds."""

from __future__ import annotations

import numpy as np

from hpsearch.checks.confirm import trainer
from hpsearch.disk.answer import BestSetting, FreshAnswer
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, NothingYetError
from hpsearch.records import TrialRecord, digest, ranking
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.space import Value
from hpsearch.strategies.question import Question
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from hpsearch.worker.task import TrialTask

N_SEEDS = 8
"""On so many fresh seeds settings are compared, if nothing else is said."""


def answer(study: Study, folder: StudyFolder, *, n_seeds: int, jobs: int) -> FreshAnswer:
    """Trains the best setting of each value on fresh seeds, writes answer.json and returns what it holds.

    All meet the same seeds, minibatches and images; a setting that diverges on a seed gets nothing right
    there. The result is the same for any number of processes.

    Raises:
        CallError: the study asks no question.
        NothingYetError: no trial of some value is complete.
        HpsearchError: a net failed.
    """
    if study.question is None:
        raise CallError(f"{folder.path}: the study asks no question; expected a [question] in its file")
    records = read_records(folder.journal)
    best = [_best(records, study.question, value, folder) for value in study.question.values]
    prepared = prepare_data(study)
    place = data_place(study, prepared)

    def task_of(record: TrialRecord, seed: int) -> TrialTask:
        return tasks.fresh_task(study, place, record, Purpose.CONFIRM, seed)

    train = trainer(task_of, prepared, jobs)
    results = train([(record, seed) for record in best for seed in range(n_seeds)])
    estimates = prepared.estimate is not None
    right = np.array([one.aside if estimates else one.right for one in results])
    of_each = right.reshape(len(best), n_seeds, -1)
    found = FreshAnswer(
        digest(records),
        "estimate" if estimates else "validation",
        sum(one.n_epochs for one in results),
        tuple(
            BestSetting(turn, record.number, own)
            for turn, (record, own) in enumerate(zip(best, of_each, strict=True))
        ),
    )
    found.write(folder.answer_file)
    return found


def _best(records: list[TrialRecord], question: Question, value: Value, folder: StudyFolder) -> TrialRecord:
    """Returns the best complete trial with a value."""
    mine = ranking(record for record in records if record.params[question.compare] == value)
    if not mine:
        raise NothingYetError(
            f"{folder.path}: no trial with {question.compare} = {value!r} is complete, so that nothing can "
            f"be compared; expected at least one of each value"
        )
    return mine[0]
