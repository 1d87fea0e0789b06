"""The finalists on fresh seeds: which winner is real?

The best of many trials owes part of its accuracy to luck. `confirm` lets the best few race on the same
fresh seeds, takes the one with the highest mean, names the cheapest that cannot be told apart from it, and
says how good they are: on the images that `data.num_estimate` set aside, which this module alone opens, and
otherwise on the validation images. Taking the cheapest would cost more accuracy than no race at all:
tests/benchmarks/README.md has the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hpsearch.checks import fresh_seeds, race
from hpsearch.checks.fresh_seeds import FreshNet
from hpsearch.checks.race import Entry, Finish, Runner, SeedResult
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import DataError, HpsearchError
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord, ranking
from hpsearch.results.crossfit import cross_fitted
from hpsearch.results.paired import mean_difference_interval
from hpsearch.results.racing import without_luck
from hpsearch.results.stats import mean_accuracy_interval
from hpsearch.results.winner import find_winner
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from hpsearch.worker.task import TrialTask, open_data
from nets import data as nets_data


def confirm(
    study: Study,
    folder: StudyFolder,
    *,
    top: int,
    n_seeds: int,
    jobs: int,
    max_epochs: int | None = None,
) -> Confirmation:
    """Lets the best `top` trials race on fresh seeds, writes confirm.json and returns what it holds.

    Raises:
        NothingYetError: no trial is complete.
        CallError: max_epochs does not allow the first round.
        HpsearchError: a net failed, or every finalist diverged.
    """
    find_winner(folder)
    best_few = ranking(read_records(folder.journal))[:top]
    prepared = prepare_data(study)
    place = data_place(study, prepared)

    def task_of(record: TrialRecord, seed: int = 0) -> TrialTask:
        return tasks.fresh_task(study, place, record, Purpose.CONFIRM, seed)

    finish = race.run(
        best_few,
        trainer(task_of, prepared, jobs),
        n_seeds=n_seeds,
        epochs_of=lambda record: task_of(record).n_epochs,
        max_epochs=max_epochs,
    )
    confirmation = _summary(finish, n_seeds, estimates=prepared.estimate is not None)
    confirmation.write(folder.confirmation_file)
    return confirmation


def trainer(
    task_of: Callable[[TrialRecord, int], TrialTask], prepared: nets_data.Prepared, jobs: int
) -> Callable[[Sequence[Entry]], list[SeedResult]]:
    """Returns what trains the entries of a round in processes, and judges their nets."""

    def train(entries: Sequence[Entry]) -> list[SeedResult]:
        todo = [task_of(record, seed) for record, seed in entries]
        nets = fresh_seeds.train_each(todo, jobs)
        n_val = len(open_data(todo[0]).y_val)
        aside = _judge_aside(todo, nets, prepared)
        return [_seed_result(*one, n_val) for one in zip(nets, aside, strict=True)]

    return train


def _seed_result(net: FreshNet | None, aside: Hits, n_val: int) -> SeedResult:
    if net is None:
        return SeedResult(np.zeros(n_val, np.bool_), aside, n_epochs=1, work=0, diverged=True)
    work = net.n_weights * net.n_examples
    return SeedResult(cross_fitted(net.hits), aside, net.n_epochs, work, diverged=False)


def _judge_aside(
    todo: Sequence[TrialTask], nets: Sequence[FreshNet | None], prepared: nets_data.Prepared
) -> list[Hits]:
    """Opens the images set aside, here alone; returns which of them each net gets right."""
    if prepared.estimate is None:
        return [np.zeros(0, np.bool_)] * len(todo)
    try:
        x, y = nets_data.open_estimate(prepared.estimate)
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"the images set aside (data.num_estimate) cannot be opened: {error}") from error
    return [
        np.zeros(len(y), np.bool_) if net is None else fresh_seeds.correct([task], [net], x, y)[0]
        for task, net in zip(todo, nets, strict=True)
    ]


def _summary(finish: Finish, n_seeds: int, *, estimates: bool) -> Confirmation:
    taken = race.winner(finish.runners)
    if taken is None:
        raise HpsearchError(
            f"each of {len(finish.runners)} finalists diverged in the first epoch on a fresh seed: none is a "
            f"setting to rely on"
        )
    accuracy, low, high = mean_accuracy_interval(_of_the_choice(finish, estimates=estimates))
    return Confirmation(
        n_seeds,
        tuple(_finalist(runner, taken, estimates=estimates) for runner in finish.runners),
        winner=taken.record.number,
        cheapest=race.cheapest(finish.runners, taken).record.number,
        accuracy=accuracy,
        low=low,
        high=high,
        images="estimate" if estimates else "validation",
        n_images=_judged(taken, estimates=estimates).shape[1],
        n_epochs=sum(runner.n_epochs for runner in finish.runners),
        ended_by=finish.ended_by,
    )


def _of_the_choice(finish: Finish, *, estimates: bool) -> Hits:
    """Returns what the best of the unbeaten ones gets right, without the luck of being the best."""
    left = [runner for runner in finish.runners if runner.unbeaten]
    aside = np.array([runner.aside for runner in left]) if estimates else None
    return without_luck(np.array([runner.right for runner in left]), aside)


def _judged(runner: Runner, *, estimates: bool) -> Hits:
    """Returns the hits that a setting's mean is that of."""
    return runner.aside if estimates else runner.right


def _finalist(runner: Runner, taken: Runner, *, estimates: bool) -> Finalist:
    right, other = _judged(runner, estimates=estimates), _judged(taken, estimates=estimates)
    mean, low, high = mean_accuracy_interval(right)
    n_common = min(len(right), len(other))
    ahead = mean_difference_interval(right[:n_common], other[:n_common])
    value = runner.record.value or 0.0
    return Finalist(
        runner.record.number,
        value,
        mean,
        low,
        high,
        luck=value - mean,
        n_seeds=len(runner.seeds),
        standing="unbeaten" if runner.unbeaten else "diverged" if runner.diverged_on else "beaten",
        work=runner.work,
        diverged_on=runner.diverged_on or 0,
        ahead=ahead.mean,
        ahead_low=ahead.low,
        ahead_high=ahead.high,
    )
