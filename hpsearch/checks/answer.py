"""The question of a study, answered: the best setting of each value on the same fresh seeds.

answer(study, folder, ...)          trains them, and writes answer.json
comes_out_again(study, ...)         trains some of its nets again
best_settings(question, folder)     the trials whose settings they are
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hpsearch.checks.race import race, train
from hpsearch.disk.answer import BestSetting, FreshAnswer
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, NothingYetError
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord, digest, ranking
from hpsearch.space import Value
from hpsearch.strategies.question import Question
from hpsearch.study.prepared import prepare_data
from hpsearch.study.study import Study
from hpsearch.worker import environment

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
    study.require_net("answer")
    records = read_records(folder.journal)
    best = best_settings(study.question, folder)
    runners = race(study, folder, best, n_seeds=n_seeds, jobs=jobs, drop=False).runners
    estimates = runners[0].aside.size > 0
    of_each = [_of_all_seeds(one.aside if estimates else one.right, n_seeds) for one in runners]
    found = FreshAnswer(
        digest(records),
        "estimate" if estimates else "validation",
        sum(one.n_epochs for one in runners),
        tuple(
            BestSetting(turn, record.number, own)
            for turn, (record, own) in enumerate(zip(best, of_each, strict=True))
        ),
        environment.fingerprint(environment.describe(study.code)),
    )
    found.write(folder.answer_file)
    return found


def comes_out_again(
    study: Study, records: Sequence[TrialRecord], found: FreshAnswer, rng: np.random.Generator, n_drawn: int
) -> tuple[int, str]:
    """Trains some nets of an answer again, drawn at random.

    Args:
        study: which was answered, in this environment.
        records: its trials.
        found: the answer.
        rng: draws them.
        n_drawn: how many at most.

    Returns:
        How many were trained again, and which of them got other images right; "" if none did.

    Raises:
        HpsearchError: a process died, or a net failed.
    """
    # after one on which it diverged a setting was spared the others
    nets = [
        (one, seed)
        for one in found.settings
        for seed in range(len(one.right))
        if one.right[seed].any() or one.right[:seed].any(axis=1).all()
    ]
    drawn = [nets[i] for i in sorted(rng.permutation(len(nets))[:n_drawn])]
    entries = [(records[one.number], seed) for one, seed in drawn]
    again = train(study, prepare_data(study), entries, jobs=1)
    for (one, seed), result in zip(drawn, again, strict=True):
        right = result.right if found.images == "validation" else result.aside
        if not np.array_equal(right, one.right[seed]):
            return len(drawn), f"trial {one.number} on fresh seed {seed + 1}"
    return len(drawn), ""


def best_settings(question: Question, folder: StudyFolder) -> list[TrialRecord]:
    """Returns the best complete trial of each value.

    Raises:
        NothingYetError: no trial of some value is complete.
    """
    records = read_records(folder.journal)
    return [_best(records, question, value, folder) for value in question.values]


def _of_all_seeds(right: Hits, n_seeds: int) -> Hits:
    """Returns hits with those of the seeds that a setting was spared after it diverged on one: none."""
    return np.pad(right, ((0, n_seeds - len(right)), (0, 0)))


def _best(records: list[TrialRecord], question: Question, value: Value, folder: StudyFolder) -> TrialRecord:
    """Returns the best complete trial with a value."""
    mine = ranking(record for record in records if record.params[question.compare] == value)
    if not mine:
        raise NothingYetError(
            f"{folder.path}: no trial with {question.compare} = {value!r} is complete, so that nothing can "
            f"be compared; expected at least one of each value"
        )
    return mine[0]
