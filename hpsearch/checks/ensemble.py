"""The best few trials together: their nets' averaged probabilities as one more candidate for the final test.

`check` trains the trials on fresh seeds, each on others than its fellows, and compares what they get right
together with what the winner's nets get right alone, on the same validation images. `correct_together` scores
an ensemble on images that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.checks import fresh_seeds
from hpsearch.checks.fresh_seeds import DEATH, FreshNet
from hpsearch.disk.ensemble import Ensemble
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, HpsearchError, NothingYetError
from hpsearch.failures import in_words
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord, digest, ranking
from hpsearch.results.commands import command
from hpsearch.results.crossfit import epochs_of_others
from hpsearch.results.luck import classes_in_proportion
from hpsearch.results.paired import mean_difference_interval
from hpsearch.results.stats import mean_accuracy_interval
from hpsearch.results.winner import find_chosen
from hpsearch.search import tasks
from hpsearch.search.pool import run_all
from hpsearch.seeds import Purpose
from hpsearch.strata import Classes
from hpsearch.study.prepared import DataPlace, data_place, prepare_data
from hpsearch.study.study import Study
from hpsearch.worker.task import TrialTask, build_solver, open_data
from nets import data as nets_data
from nets.trained import softmax

Probabilities = NDArray[np.float64]


def check(study: Study, folder: StudyFolder, *, top: int, n_seeds: int, jobs: int) -> Ensemble:
    """Trains the best `top` trials on fresh seeds, writes ensemble.json and returns what it holds.

    Each net is asked in the epoch that is best on other images than those that it is asked about, so that no
    accuracy here is the luck of its epoch.

    Raises:
        NothingYetError: fewer than two trials are complete.
        HpsearchError: a training failed or diverged.
    """
    study.require_net("ensemble")
    winner = find_chosen(folder).record
    records = read_records(folder.journal)
    others = [one for one in ranking(records) if one.number != winner.number]
    members = [winner, *others][:top]
    if len(members) < 2:
        raise NothingYetError(f"{folder.path}: an ensemble needs two complete trials, but there is one")
    prepared = prepare_data(study)
    todo = fresh_tasks(study, data_place(study, prepared), members, Purpose.CONFIRM, n_seeds)
    classes = classes_in_proportion(folder)
    calls = [(task, classes) for task in todo]
    answers = run_all(_answers, calls, jobs, lambda i: DEATH.format(todo[i].number))
    y_val = nets_data.open_train_val(prepared.train_val).y_val
    of_each = np.array(answers).reshape(len(members), n_seeds, len(y_val), -1)
    found = _compared(members, digest(records), of_each, y_val)
    found.write(folder.ensemble_file)
    return found


def fresh_tasks(
    study: Study, place: DataPlace, members: Sequence[TrialRecord], purpose: Purpose, n_seeds: int
) -> list[TrialTask]:
    """Returns the tasks of each member in turn, `n_seeds` each, no two on the same fresh seed.

    The first member has the fresh seeds that it has alone. Nets on one seed would begin with like weights and
    meet the same minibatches, so they would err alike.
    """
    return [
        tasks.fresh_task(study, place, record, purpose, place_in_row * n_seeds + seed)
        for place_in_row, record in enumerate(members)
        for seed in range(n_seeds)
    ]


def validated_members(folder: StudyFolder) -> list[TrialRecord]:
    """Returns the trials of the ensemble that `check` found to be better than the winner alone.

    Raises:
        CallError: there is no such ensemble.
    """
    found = Ensemble.read(folder.ensemble_file)
    if found is None:
        raise CallError(
            f"{folder.path}: no ensemble was validated; expected one, from: {command('ensemble', folder)}"
        )
    if found.gain <= 0:
        raise CallError(
            f"{folder.path}: the ensemble is not better on the validation images than trial "
            f"{found.members[0]} alone ({100 * found.gain:+.2f} points); expected one that is"
        )
    records = read_records(folder.journal)
    complete = {record.number: record for record in ranking(records)}
    if found.digest != digest(records) or not complete.keys() >= set(found.members):
        raise CallError(
            f"{folder.ensemble_file}: was validated for another record of {folder.name}; expected one of all "
            f"its trials, from: {command('ensemble', folder)}"
        )
    return [complete[number] for number in found.members]


def correct_together(
    todo: Sequence[TrialTask],
    nets: Sequence[FreshNet],
    n_members: int,
    x: NDArray[Any],
    y: NDArray[np.int64],
) -> Hits:
    """Returns which images the members get right together, (n_seeds, n_images).

    Args:
        todo: as `fresh_tasks` gives them.
        nets: what training left, in the same order.
        n_members: how many trials answer together.
        x: images, not preprocessed.
        y: their labels.

    Raises:
        HpsearchError: a net fails.
    """
    n_seeds = len(todo) // n_members
    total = np.zeros((n_seeds, 1, 1))
    for member in range(n_members):
        part = slice(member * n_seeds, (member + 1) * n_seeds)
        scores = fresh_seeds.scores(todo[part], nets[part], x)
        total = total + np.array([softmax(one) for one in scores])
    return np.asarray(total.argmax(axis=2) == y)


def _answers(task: TrialTask, classes: Classes | None) -> Probabilities:
    """Trains a net to its end and returns its probabilities of the validation images, (n_val, K).

    Args:
        task: the net's.
        classes: of the validation images, if these have each class in proportion.

    Raises:
        HpsearchError: the net fails, or diverged before it finished an epoch.
    """
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        epochs = [softmax(solver.scores(data.X_val)) for result in solver.epochs() if not result.diverged]
    except HpsearchError:
        raise
    except BaseException as error:  # a net's exit() would end the command with success
        raise HpsearchError(f"trial {task.number}'s net failed on a fresh seed: {in_words(error)}") from error
    if not epochs:
        raise HpsearchError(
            f"trial {task.number}'s parameters diverged in the first epoch on a fresh seed: they are not a "
            f"setting to rely on"
        )
    chosen = epochs_of_others(np.array(solver.val_hits), classes)
    return np.array([epochs[epoch][image] for image, epoch in enumerate(chosen)])


def _compared(
    members: Sequence[TrialRecord], record_digest: str, answers: Probabilities, y_val: NDArray[np.int64]
) -> Ensemble:
    """Returns what the averaged answers are worth; answers: (n_members, n_seeds, n_val, K)."""
    together = np.asarray(answers.mean(axis=0).argmax(axis=2) == y_val)
    alone = np.asarray(answers[0].argmax(axis=2) == y_val)
    mean, low, high = mean_accuracy_interval(together)
    gain, gain_low, gain_high = mean_difference_interval(together, alone)
    return Ensemble(
        members=tuple(record.number for record in members),
        digest=record_digest,
        n_seeds=answers.shape[1],
        n_val=answers.shape[2],
        mean=mean,
        low=low,
        high=high,
        alone=float(alone.mean()),
        gain=gain,
        gain_low=gain_low,
        gain_high=gain_high,
    )
