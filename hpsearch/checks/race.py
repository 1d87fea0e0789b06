"""Settings that race on fresh seeds, in processes; judged in one epoch each, on images that choose no epoch.

race(study, records, ...)   trains them and keeps which images each seed of each got right

This module alone opens the images that `data.num_estimate` sets aside.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hpsearch.checks import fresh_seeds, rounds
from hpsearch.checks.fresh_seeds import Diverged, FreshNet
from hpsearch.checks.rounds import Entry, Race, SeedResult
from hpsearch.errors import DataError
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import Study
from hpsearch.worker.task import TrialTask, open_data
from nets import data as nets_data


def race(
    study: Study,
    records: Sequence[TrialRecord],
    *,
    n_seeds: int,
    jobs: int,
    max_epochs: int | None = None,
    drop: bool = True,
) -> Race:
    """Lets the parameters of trials race on fresh seeds, the same ones for all, in the same minibatches.

    Each is trained to the epoch that its trial of the search chose, and judged there: on a fresh seed nothing
    is chosen. The result is a function of the arguments but `jobs`.

    Args:
        study: whose trials they are.
        records: complete trials; at least one.
        n_seeds: how many seeds at most, >= 2.
        jobs: worker processes.
        max_epochs: no round is begun that might exceed these epochs in all; None = no limit.
        drop: whether those that are beaten train no further.

    Raises:
        CallError: max_epochs does not allow the first round.
        HpsearchError: a process died, or a net failed.
        DataError: the data cannot be had.
    """
    prepared = prepare_data(study)
    place = data_place(study, prepared)

    def train(entries: Sequence[Entry]) -> list[SeedResult]:
        todo = [tasks.fresh_task(study, place, record, Purpose.CONFIRM, seed) for record, seed in entries]
        nets = fresh_seeds.train_each(todo, [chosen_epoch(record) for record, _ in entries], jobs)
        aside = _judge_aside(todo, nets, prepared)
        n_val = len(open_data(todo[0]).y_val)
        return [_seed_result(*one, n_val) for one in zip(nets, aside, strict=True)]

    return rounds.run(
        records, train, n_seeds=n_seeds, epochs_of=chosen_epoch, max_epochs=max_epochs, drop=drop
    )


def chosen_epoch(record: TrialRecord) -> int:
    """Returns the epoch, from 1, that a complete trial chose in the search."""
    best = record.outcome.best_epoch
    assert best is not None, "a complete trial has finished an epoch"
    return best


def _seed_result(net: FreshNet | Diverged, aside: Hits, n_val: int) -> SeedResult:
    if isinstance(net, Diverged):
        return SeedResult(np.zeros(n_val, np.bool_), aside, net.n_epochs, work=0, diverged=True)
    work = net.n_weights * net.n_examples
    return SeedResult(net.hits, aside, net.n_epochs, work, diverged=False)


def _judge_aside(
    todo: Sequence[TrialTask], nets: Sequence[FreshNet | Diverged], prepared: nets_data.Prepared
) -> list[Hits]:
    """Opens the images set aside, here alone; returns which of them each net gets right."""
    if prepared.estimate is None:
        return [np.zeros(0, np.bool_)] * len(todo)
    try:
        x, y = nets_data.open_estimate(prepared.estimate)
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"the images set aside (data.num_estimate) cannot be opened: {error}") from error
    return [
        fresh_seeds.correct([task], [net], x, y)[0]
        if isinstance(net, FreshNet)
        else np.zeros(len(y), np.bool_)
        for task, net in zip(todo, nets, strict=True)
    ]
